"""Calls in the list of a described CRM, and their cards while they ring."""

from __future__ import annotations

from dataclasses import asdict

from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.requests import Write
from bridge.crm.declarative.required import Required, entity_facts
from bridge.crm.declarative.writing import Writer
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Announced, LiveCall
from bridge.domain.record import CallRecord, stamp


class Calls:
    """Every method raises Trouble."""

    def __init__(self, client: Client, required: Required, writer: Writer) -> None:
        self._client = client
        self._described = client.described
        self._required = required
        self._writer = writer

    async def log(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None,
    ) -> str:
        write = self._required.named(self._described.calls.log, "calls.log")
        facts = {"record": record.to_json(), "user": user, "key": key, **entity_facts(entities)}
        await self._required.check(write, user, entities, None)
        return await self._writer.once("log call", write, self._described.calls.find, facts, key)

    async def attach(self, call: str, entity: EntityRef, key: str) -> str:
        write = self._required.named(self._described.calls.attach, "calls.attach")
        await self._required.check(write, None, (entity,), call)
        facts = {"call": call, "entity": asdict(entity), "key": key, **entity_facts((entity,))}
        return await self._writer.once("attach call", write, None, facts, key)

    async def announce(self, call: LiveCall, key: str) -> str:
        live = self._described.live
        write = self._required.named(live.announce if live else None, "live.announce")
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
        await self._client.send(self._required.named(write, f"live.{name}"), facts, ask)
        return handle
