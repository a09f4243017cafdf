"""Calls, their recordings, tasks, notices and cards: what is written beside entities."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.lists import Lists
from bridge.crm.declarative.requests import Write
from bridge.crm.declarative.search import Searcher
from bridge.crm.declarative.writing import Writer
from bridge.crm.trouble import refused
from bridge.domain.commands import CreateTask
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import LiveCall
from bridge.domain.record import CallRecord, Recording, stamp

_LARGEST: Final = 200 * 1024 * 1024  # bytes of one recording
_TYPES: Final = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".opus": "audio/ogg"}


class Calls:
    """Every method raises Trouble."""

    def __init__(self, client: Client, search: Searcher, lists: Lists, writer: Writer) -> None:
        self._client = client
        self._described = client.described
        self._search = search
        self._lists = lists
        self._writer = writer

    async def log(
        self, record: CallRecord, user: str | None, entities: tuple[EntityRef, ...], key: str
    ) -> str:
        write = self._named(self._described.calls.log, "calls.log")
        facts = {"record": record.to_json(), "user": user, "key": key, **_of(entities)}
        await self._check(write, user, entities, None)
        return await self._writer.once("log call", write, self._described.calls.find, facts, key)

    async def attach(self, call: str, entity: EntityRef, key: str) -> str:
        write = self._named(self._described.calls.attach, "calls.attach")
        await self._check(write, None, (entity,), call)
        facts = {"call": call, "entity": asdict(entity), "key": key, **_of((entity,))}
        return await self._writer.once("attach call", write, None, facts, key)

    async def record(self, call: str, recording: Recording, file: Path | str, key: str) -> str:
        calls = self._described.calls
        by_link = calls.recording_link if isinstance(file, str) else None
        write = self._named(by_link or calls.recording, "calls.recording")
        await self._check(write, None, (), call)
        facts = {
            "call": call,
            "recording": {"id": recording.id},
            "key": key,
            "file": await _described(file, recording.id, "data_url" in str(write)),
        }
        upload = file if isinstance(file, Path) else None
        find = calls.find_recording
        return await self._writer.once("attach recording", write, find, facts, key, upload)

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str:
        tasks = self._described.tasks
        if tasks is None:
            raise refused(f"{self._described.crm} is described without tasks")
        entities = (entity,) if entity else ()
        await self._check(tasks.create, task.owner, entities, None)
        facts = {
            "task": {"title": task.title, "owner": task.owner, "fields": task.fields},
            "entity": asdict(entity) if entity else None,
            "key": key,
            **_of(entities),
        }
        return await self._writer.once("create task", tasks.create, tasks.find, facts, key)

    async def notify(self, user: str, text: str) -> str:
        write = self._named(self._described.notify, "notify")
        await self._lists.check_user(user)
        answer = await self._client.send(
            write, {"user": user, "text": text}, Ask(name="notify", writes=True)
        )
        return str(answer.status)

    async def announce(self, call: LiveCall, key: str) -> str:
        live = self._described.live
        write = self._named(live.announce if live else None, "live.announce")
        told = {
            "call_id": call.call_id,
            "direction": str(call.direction),
            "client": asdict(call.client),
            "did": call.did,
            "user": call.user,
            "started_at": stamp(call.started_at) if call.started_at else None,
        }
        return await self._writer.once("announce", write, None, {"call": told, "key": key}, key)

    async def show(self, handle: str, users: tuple[str, ...]) -> str:
        live = self._described.live
        return await self._card(live.show if live else None, "show", handle, users)

    async def hide(self, handle: str, users: tuple[str, ...]) -> str:
        live = self._described.live
        return await self._card(live.hide if live else None, "hide", handle, users)

    async def _card(
        self, write: Write | None, name: str, handle: str, users: tuple[str, ...]
    ) -> str:
        facts = {"handle": handle, "users": list(users)}
        ask = Ask(name=name, writes=True)
        await self._client.send(self._named(write, f"live.{name}"), facts, ask)
        return handle

    async def _check(
        self, write: Write, user: str | None, entities: tuple[EntityRef, ...], call: str | None
    ) -> None:
        if "user" in write.checks:
            await self._lists.check_user(user)
        if "entities" in write.checks:
            described = [each for each in entities if self._described.entity(each.kind)]
            for entity in described:
                if not await self._search.exists(entity):
                    raise refused(f"there is no {entity.kind} {entity.id!r}")
        get = self._described.calls.get
        if "call" in write.checks and get is not None:
            ask = Ask(name="find call")
            if not await self._client.rows(get, {"asked": call}, ask):
                raise refused(f"there is no call {call!r}")

    def _named(self, write: Write | None, name: str) -> Write:
        if write is None:
            raise refused(f"{self._described.crm} is described without `{name}`")
        return write


def _of(entities: tuple[EntityRef, ...]) -> dict[str, Any]:
    """`entities` in their order, and `ids` of each kind."""
    ids = {str(kind): [each.id for each in entities if each.kind is kind] for kind in EntityKind}
    plain = [{"kind": str(each.kind), "id": each.id} for each in entities]
    return {"entities": plain, "ids": ids}


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
