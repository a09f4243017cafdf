"""The recordings of a call: the first in the call's own place, uploaded or fetched by the portal
from our address; every further one as a comment in the timeline of the call's client.

The portal keeps one file a call and a repeat replaces it. So a file that is there stays unless this
process knows that it is the same recording. Whether a recording is the first or a further one is
decided and kept before it is sent (its key says it): so what became of it before a restart is asked
in the right place, and not by a repeat.
"""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from aiohttp import FormData

from bridge.crm.bitrix24.answers import made_id
from bridge.crm.bitrix24.calls import Calls
from bridge.crm.bitrix24.client import WRITE, Ask, Client
from bridge.crm.bitrix24.comments import Comments
from bridge.crm.bitrix24.statistic import Logged
from bridge.crm.keys import Keys
from bridge.crm.php import as_map
from bridge.crm.trouble import refused, unplaced

METHOD: Final = "telephony.externalCall.attachRecord"
FIRST: Final = "attach_recording"  # the commands of keys
FURTHER: Final = "attach_further_recording"
_KINDS: Final = {".mp3": "audio/mpeg", ".wav": "audio/wav"}


class Recordings:
    """Every method raises Trouble."""

    def __init__(self, client: Client, calls: Calls, keys: Keys) -> None:
        self._client = client
        self._calls = calls
        self._keys = keys
        self._comments = Comments(client)
        self._whose: dict[str, str] = {}  # call → the recording whose file it has

    async def attach(self, call: str, recording: str, file: Path | str, key: str) -> str:
        """The portal's id of the file, or of the comment that has it."""
        async with self._keys.one_at_a_time(call):
            if made := self._keys.made(key):
                return made
            logged = await self._calls.logged(call)
            if isinstance(file, Path):
                await asyncio.to_thread(_check, file)
            taken = logged.file is not None and self._whose.get(call) != recording
            if taken or FURTHER in key.split("/"):
                made = await self._beside(logged, file, key)
            else:
                self._whose[call] = recording
                made = await self._send(call, recording, file)
            self._keys.remember(key, made)
            return made

    async def _beside(self, logged: Logged, file: Path | str, key: str) -> str:
        if logged.client is None:
            raise unplaced("Bitrix24 has one recording a call, and this call is on no client")
        return await self._comments.add(logged.client, file, key)

    async def _send(self, call: str, recording: str, file: Path | str) -> str:
        if isinstance(file, Path):
            return await self._upload(call, file)
        suffix = PurePosixPath(urlsplit(file).path).suffix.lower()
        name = f"{recording}{suffix if suffix in _KINDS else '.mp3'}"
        asked = {"CALL_ID": call, "FILENAME": name, "RECORD_URL": file}
        deadline = self._client.settings.upload_timeout
        answer = await self._client.call(METHOD, asked, Ask(writes=True, deadline=deadline))
        return str(as_map(answer).get("FILE_ID") or call)  # the portal has yet to fetch it

    async def _upload(self, call: str, file: Path) -> str:
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
                content_type=_KINDS[file.suffix.lower()],
            )
            ask = Ask(writes=True, deadline=self._client.settings.upload_timeout)
            return _file_id(await self._client.upload(str(where["uploadUrl"]), form, ask))
        finally:
            await asyncio.to_thread(opened.close)


def _check(file: Path) -> None:
    """Raises Trouble where it is not there, is empty, or is what the portal does not take."""
    if file.suffix.lower() not in _KINDS:
        raise refused(f"{file.name}: Bitrix24 takes mp3 and wav; convert recordings to mp3")
    try:
        empty = file.stat().st_size == 0
    except OSError as error:
        raise _unreadable(file, error) from error
    if empty:
        raise refused(f"{file.name} is empty")


def _open(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> Exception:
    return refused(f"{file.name} cannot be read ({error.strerror})")


def _file_id(answer: Any) -> str:
    return made_id(METHOD, as_map(answer).get("FILE_ID"))
