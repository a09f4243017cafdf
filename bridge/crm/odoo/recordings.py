"""The recording of a call: an attachment, on every message of the call and among the files of the
record that the call is on."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from bridge.crm.keys import Keys
from bridge.crm.odoo.calls import MESSAGE, Calls, Note
from bridge.crm.odoo.client import WRITE, Ask, Client
from bridge.crm.odoo.loading import make
from bridge.crm.odoo.shapes import done
from bridge.crm.trouble import Trouble, refused

_KINDS: Final = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".opus": "audio/ogg"}


class Recordings:
    """Every method raises Trouble."""

    def __init__(self, client: Client, calls: Calls, keys: Keys) -> None:
        self._client = client
        self._calls = calls
        self._keys = keys

    async def attach(self, call: str, recording: str, file: Path | str, key: str) -> str:
        """The attachment's id. What follows the upload may be repeated, so it is never unclear."""
        async with self._keys.one_at_a_time(key):
            notes = await self._calls.notes(call)
            deadline = self._client.settings.upload_timeout
            columns = {**await _content(recording, file), **_place(notes)}
            made = await make(
                self._client, "ir.attachment", columns, key, Ask(writes=True, deadline=deadline)
            )
            await self._show(notes, int(made))
            self._keys.remember(key, made)
            return made

    async def _show(self, notes: list[Note], attachment: int) -> None:
        missing = [note.id for note in notes if attachment not in note.attachments]
        if not missing:
            return
        linked = {"attachment_ids": [[4, attachment]]}
        try:
            await self._client.call(MESSAGE, "write", missing, linked, shape=done, ask=WRITE)
        except Trouble as error:
            raise error.later() from error


def _place(notes: list[Note]) -> dict[str, str]:
    """The record of the first note; the channel where there is none."""
    note = notes[1] if len(notes) > 1 else notes[0]
    return {"res_model": note.model, "res_id": str(note.record)}


async def _content(recording: str, file: Path | str) -> dict[str, str]:
    if isinstance(file, str):
        suffix = PurePosixPath(urlsplit(file).path).suffix.lower()
        return {"name": f"{recording}{suffix}", "type": "url", "url": file}
    kind = _KINDS.get(file.suffix.lower())
    if kind is None:
        raise refused(f"{file.name} is no recording: convert recordings to mp3")
    data = await asyncio.to_thread(_read, file)
    return {"name": file.name, "type": "binary", "datas": data, "mimetype": kind}


def _read(file: Path) -> str:
    """In base64. Raises Trouble when there is no such file, or nothing in it."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise refused(f"{file.name} cannot be read ({error.strerror})") from error
    if not data:
        raise refused(f"{file.name} is empty")
    return b64encode(data).decode()
