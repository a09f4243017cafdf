"""Recordings of calls in a described CRM: sent as a file, or by their address."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.crm.declarative.client import Client
from bridge.crm.declarative.required import Required
from bridge.crm.declarative.writing import Writer
from bridge.crm.trouble import refused

_LARGEST: Final = 200 * 1024 * 1024  # bytes of one recording
_TYPES: Final = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".opus": "audio/ogg"}


class Recordings:
    """Every method raises Trouble."""

    def __init__(self, client: Client, required: Required, writer: Writer) -> None:
        self._client = client
        self._described = client.described
        self._required = required
        self._writer = writer

    async def attach(self, call: str, recording: str, file: Path | str, key: str) -> str:
        calls = self._described.calls
        by_link = calls.recording_link if isinstance(file, str) else None
        write = self._required.named(by_link or calls.recording, "calls.recording")
        await self._required.check(write, None, (), call)
        facts = {
            "call": call,
            "recording": {"id": recording},
            "key": key,
            "file": await _described(file, recording, "data_url" in str(write)),
        }
        upload = file if isinstance(file, Path) else None
        find = calls.find_recording
        return await self._writer.once("attach recording", write, find, facts, key, upload)


async def _described(file: Path | str, recording: str, encoded: bool) -> Mapping[str, Any]:
    """The file as templates know it; `encoded`: its content too. Raises Trouble for one that is
    not there."""
    if isinstance(file, str):
        name = PurePosixPath(urlsplit(file).path).name or recording
        return {"name": name, "type": _type(name), "url": file, "size": None, "data_url": None}
    try:
        size, content = await asyncio.to_thread(_read, file, encoded)
    except OSError as error:
        raise refused(f"{file.name} cannot be read ({error.strerror})") from error
    told = {"name": file.name, "type": _type(file.name), "url": None, "size": size}
    return {**told, "data_url": f"data:{told['type']};base64,{content}" if encoded else None}


def _type(name: str) -> str:
    return _TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def _read(file: Path, encoded: bool) -> tuple[int, str]:
    """Its size, and its content in base64 where that is wanted. Raises OSError and Trouble."""
    size = file.stat().st_size
    if size == 0 or size > _LARGEST:
        raise refused(f"{file.name} is {'empty' if size == 0 else 'too large to be sent'}")
    return size, base64.b64encode(file.read_bytes()).decode() if encoded else ""
