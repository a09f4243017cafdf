"""The recording of a call: uploaded, or fetched by the portal from our address.

The portal keeps one file a call and a repeat replaces it. So a file that is there stays unless this
process knows that it is the same recording: another one is refused in words. What became of an
attachment before a restart is asked by its key, and not by a repeat.
"""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from aiohttp import FormData

from bridge.crm.bitrix24.calls import Calls
from bridge.crm.bitrix24.client import WRITE, Ask, Client
from bridge.crm.keys import Keys
from bridge.crm.php import as_map
from bridge.crm.trouble import refused

METHOD: Final = "telephony.externalCall.attachRecord"
_KINDS: Final = {".mp3": "audio/mpeg", ".wav": "audio/wav"}


class Recordings:
    """Every method raises Trouble."""

    def __init__(self, client: Client, calls: Calls, keys: Keys) -> None:
        self._client = client
        self._calls = calls
        self._keys = keys
        self._whose: dict[str, str] = {}  # call → the recording whose file it has

    async def attach(self, call: str, recording: str, file: Path | str, key: str) -> str:
        """The portal's id of the file."""
        async with self._keys.one_at_a_time(call):
            if made := self._keys.made(key):
                return made
            logged = await self._calls.logged(call)
            if logged.file is not None and self._whose.get(call) != recording:
                raise refused(
                    "Bitrix24 keeps one recording a call and this call has another one; this one"
                    " stays in our own list"
                )
            self._whose[call] = recording
            made = await self._send(call, recording, file)
            self._keys.remember(key, made)
            return made

    async def _send(self, call: str, recording: str, file: Path | str) -> str:
        if isinstance(file, Path):
            return await self._upload(call, file)
        suffix = PurePosixPath(urlsplit(file).path).suffix.lower()
        name = f"{recording}{suffix if suffix in _KINDS else '.mp3'}"
        asked = {"CALL_ID": call, "FILENAME": name, "RECORD_URL": file}
        deadline = self._client.settings.upload_timeout
        return _file_id(await self._client.call(METHOD, asked, Ask(writes=True, deadline=deadline)))

    async def _upload(self, call: str, file: Path) -> str:
        kind = _KINDS.get(file.suffix.lower())
        if kind is None:
            raise refused(f"{file.name}: Bitrix24 takes mp3 and wav; convert recordings to mp3")
        opened = await asyncio.to_thread(_open, file)
        try:
            where = as_map(
                await self._client.call(METHOD, {"CALL_ID": call, "FILENAME": file.name}, WRITE)
            )
            form = FormData()
            form.add_field(
                str(where.get("fieldName") or "file"),
                opened,
                filename=file.name,
                content_type=kind,
            )
            ask = Ask(writes=True, deadline=self._client.settings.upload_timeout)
            return _file_id(await self._client.upload(str(where["uploadUrl"]), form, ask))
        finally:
            await asyncio.to_thread(opened.close)


def _open(file: Path) -> BinaryIO:
    """Raises Trouble when there is no such file, or nothing in it."""
    try:
        if file.stat().st_size == 0:
            raise refused(f"{file.name} is empty")
        return file.open("rb")
    except OSError as error:
        raise refused(f"{file.name} cannot be read ({error.strerror})") from error


def _file_id(answer: Any) -> str:
    return str(as_map(answer).get("FILE_ID"))
