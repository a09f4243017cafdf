"""Writes: the entity's fields as the CRM names them, one write of a key at a time, and the steps
around the one request that counts.

What was made under a key is remembered, and asked of the CRM where it keeps our key itself. Steps
before and after the write may be repeated, so a lost answer to one of them is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bridge.crm.declarative.bodies import Facts
from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.description import Description, Entity
from bridge.crm.declarative.expressions import taken, tree, value
from bridge.crm.declarative.lists import Lists
from bridge.crm.declarative.requests import Finding, Step, Write
from bridge.crm.declarative.rows import Reader, identity
from bridge.crm.keys import Keys
from bridge.crm.phones import number, several
from bridge.crm.trouble import Trouble, refused
from bridge.crm.words import flag, lead_words
from bridge.domain.commands import CreateLead, Verdict
from bridge.domain.entities import EntityKind

# The command in a key → the one place where what it made is kept; others may be anywhere.
_PLACES: Final[Mapping[str, Callable[[Description], Finding | None]]] = {
    "create_lead": lambda it: it.lead.find if it.lead else None,
    "log_call": lambda it: it.calls.find,
    "attach_recording": lambda it: it.calls.find_recording,
    "attach_further_recording": lambda it: it.calls.find_recording,
    "create_task": lambda it: it.tasks.find if it.tasks else None,
}


class Writer:
    """Every method raises Trouble."""

    def __init__(self, client: Client, reader: Reader, lists: Lists, region: str) -> None:
        self._client = client
        self._described: Description = client.described
        self._reader = reader
        self._lists = lists
        self._region = region
        self._keys = Keys()

    async def create(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> str:
        entity = self._entity(kind)
        if entity.create is None:
            raise refused(f"{self._described.crm} is described without `{kind}.create`")
        await self._check(kind, entity, fields)
        facts = {"fields": self._filled(entity, fields), "given": dict(fields), "key": key}
        return await self.once(f"create {kind}", entity.create, entity.find, facts, key)

    async def create_lead(self, lead: CreateLead, key: str) -> str:
        known = self._entity(EntityKind.LEAD)
        said = lead_words(lead) | ({"repeat": "true"} if lead.repeat else {})
        # What this CRM's leads have no place for is left out, and not the caller's mistake.
        placed = {word: text for word, text in said.items() if _has(known, word)}
        return await self.create(EntityKind.LEAD, {**placed, **lead.fields}, key)

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> str:
        pipeline, stage = await self._lists.placed(pipeline, fields.get("stage"))
        placed = {"pipeline": pipeline, "stage": stage}
        deal = self._entity(EntityKind.DEAL)
        given = {word: text for word, text in placed.items() if text and _has(deal, word)}
        return await self.create(EntityKind.DEAL, {**fields, **given}, key)

    async def update(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> str:
        entity = self._entity(kind)
        if entity.update is None:
            raise refused(f"{self._described.crm} is described without `{kind}.update`")
        await self._check(kind, entity, fields)
        if "stage" in fields and kind is EntityKind.DEAL:
            await self._lists.check_stage(fields["stage"])
        facts = {"id": id, "fields": self._filled(entity, fields), "given": dict(fields)}
        return await self._written(f"update {kind}", entity.update, facts, None, None)

    async def once(
        self,
        name: str,
        write: Write,
        find: Finding | None,
        facts: Facts,
        key: str,
        upload: Path | None = None,
    ) -> str:
        """The id of what this write makes, or of what it made under this key before."""
        async with self._keys.one_at_a_time(key):
            made = self._keys.made(key)
            if made is None and not self._described.idempotent:
                made = await self._made_before(name, find or self._described.find, {"key": key})
            if made is None and write.unless is not None:
                made = await self._made_before(name, write.unless, facts)
            return await self._written(name, write, facts, made, key, upload)

    async def find(self, key: str) -> str | None:
        """What an earlier write under this key made."""
        if made := self._keys.made(key):
            return made
        for place in self._places(key):
            if found := await self._made_before("find", place, {"key": key}):
                return found
        return None

    def _places(self, key: str) -> list[Finding | None]:
        it = self._described
        if it.find:
            return [it.find]
        if named := [at for command, at in _PLACES.items() if command in key.split("/")]:
            return [at(it) for at in named]
        entities = (it.contact, it.company, it.lead, it.deal)
        written = [each.find for each in entities if each]
        return [
            *written,
            it.calls.find,
            it.calls.find_recording,
            it.tasks.find if it.tasks else None,
        ]

    async def _made_before(self, name: str, find: Finding | None, facts: Facts) -> str | None:
        if find is None:
            return None
        ask = Ask(name=f"{name}: was it made")
        answer = await self._client.maybe(find, facts, ask, find.missing)
        return None if answer is None else self._reader.id(find.id, answer.data)

    async def _written(
        self,
        name: str,
        write: Write,
        facts: Facts,
        made: str | None,
        key: str | None,
        upload: Path | None = None,
    ) -> str:
        known = dict(facts)
        if made is None:
            await self._steps(name, write.first, known, upload)
            writes = write.method != "get"
            ask = Ask(name=name, writes=writes, key=key, upload=upload)
            answer = await self._client.send(write, known, ask)
            made = self._id(name, write, known, answer.data)
        if key is not None:
            self._keys.remember(key, made)  # what follows may fail, and this is not sent again
        known["id"] = made
        await self._steps(name, write.then, known, upload)
        return made

    def _id(self, name: str, write: Write, known: Facts, data: Any) -> str:
        if write.id is None:
            return str(known.get("id") or known.get("key") or "")
        try:
            found = identity(taken(write.id, data, {**self._client.facts, **known}))
        except ValueError:
            found = None
        if found is None:
            raise Trouble(Verdict.UNCLEAR, f"{name}: the answer has no id where `id` looks for it")
        return found

    async def _steps(
        self, name: str, steps: tuple[Step, ...], known: dict[str, Any], upload: Path | None
    ) -> None:
        for step in steps:
            try:
                await self._step(f"{name}, {step.name or step.path}", step, known, upload)
            except ValueError as error:
                raise refused(f"{name}: {error}") from error
            except Trouble as error:
                raise error.later() from error

    async def _step(
        self, name: str, step: Step, known: dict[str, Any], upload: Path | None
    ) -> None:
        facts = {**self._client.facts, **known}
        if step.when is not None and not value(step.when, facts):
            return
        items = value(step.each, facts) if step.each is not None else [None]
        for item in items or ():
            ask = Ask(name=name, writes=True, upload=upload)
            answer = await self._client.send(step, {**known, "item": item}, ask)
            if step.name:
                told = {word: taken(at, answer.data, facts) for word, at in step.take.items()}
                known[step.name] = told

    def _filled(self, entity: Entity, fields: Mapping[str, str]) -> dict[str, Any]:
        """Our words as the CRM's fields."""
        filled: dict[str, Any] = {}
        for word, given in fields.items():
            if word not in entity.write:
                filled[word] = given
                continue
            values = self._phones(given) if word == "phone" else several(given)
            facts = {**self._client.facts, "value": _value(word, given, values), "values": values}
            try:
                filled |= tree(entity.write[word], facts)
            except ValueError as error:
                raise refused(f"{word}: {error}") from error
        return filled

    def _phones(self, given: str) -> list[str]:
        raws = several(given)
        if self._described.phones.write == "as_given":
            return raws
        return [number(raw, self._region) or raw for raw in raws]

    async def _check(self, kind: EntityKind, entity: Entity, fields: Mapping[str, str]) -> None:
        """Refuses a field that this kind does not have, and an owner who is no user."""
        if entity.own != "any" and (
            unknown := sorted(set(fields) - entity.write.keys() - set(entity.own))
        ):
            known = ", ".join(sorted({*entity.write, *entity.own}))
            raise refused(f"a {kind} has no field {', '.join(unknown)}; it has: {known}")
        await self._lists.check_user(fields.get("owner"))

    def _entity(self, kind: EntityKind) -> Entity:
        entity = self._described.entity(kind)
        if entity is None:
            raise refused(f"{self._described.crm} is described without {kind}")
        return entity


def _has(entity: Entity, word: str) -> bool:
    return word in entity.write or entity.own == "any" or word in entity.own


def _value(word: str, given: str, values: list[str]) -> Any:
    if word in ("closed", "repeat"):
        return flag(given)
    return ", ".join(values) if word == "phone" else given
