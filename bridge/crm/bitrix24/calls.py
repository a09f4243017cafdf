"""Calls: registered as they ring or when they are over, finished once, bound to their entities.

Source: Bitrix24 REST documentation, `telephony.externalCall.*`. EXTERNAL_CALL_ID is our call id:
with it a repeated register answers with the same call for 30 minutes, two calls of one pair of
numbers stay two, and the statistic tells what became of a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any, Final

import structlog

from bridge.crm.bitrix24.answers import ALREADY_BOUND, made_id
from bridge.crm.bitrix24.client import WRITE, Ask, Batch, Client, Command
from bridge.crm.bitrix24.entities import TYPE_IDS, Row, reference
from bridge.crm.bitrix24.people import People
from bridge.crm.keys import Keys
from bridge.crm.limiter import Priority
from bridge.crm.php import as_list, as_map
from bridge.crm.trouble import Trouble, refused
from bridge.domain.causes import Cause
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Announced, LiveCall
from bridge.domain.record import CallRecord, Direction, Disposition, stamp
from bridge.domain.record import Client as Caller

LIVE: Final = Ask(priority=Priority.LIVE, writes=True)
STATISTIC: Final = "voximplant.statistic.get"
_NOT_FOUND: Final = "call is not found"
_NO_USER: Final = "user is not found or is not active"
_HIDDEN: Final = "0000000"  # the portal takes no call without a number
_TYPES: Final = {Direction.OUTBOUND: 1, Direction.INBOUND: 2}
_CALLED_BACK: Final = 4
_CALLBACK: Final = 3600.0  # seconds in which a callback form is answered
_MAIN: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD)  # what register binds to

log = structlog.get_logger(__name__)

ANSWERED, MISSED, OTHER = "200", "304", "OTHER"
_BY_DISPOSITION: Final = {
    Disposition.ANSWERED: ANSWERED,
    Disposition.MISSED: MISSED,
    Disposition.VOICEMAIL: MISSED,
    Disposition.BUSY: "486",
}
_BY_CAUSE: Final[Mapping[int, str]] = {
    Cause.UNALLOCATED: "404",
    Cause.INVALID_NUMBER: "404",
    Cause.BUSY: "486",
    Cause.NO_USER_RESPONSE: "480",
    Cause.NO_ANSWER: "480",
    Cause.SUBSCRIBER_ABSENT: "480",
    Cause.REJECTED: "603",
    Cause.CONGESTION: "503",
    38: "503",  # network out of order
    Cause.NORMAL: "603-S",  # the agent gave up
}


@dataclass(frozen=True, slots=True)
class Logged:
    """A finished call as the statistic knows it."""

    call: str
    activity: str | None
    file: str | None
    client: EntityRef | None = None  # in whose timeline it is
    transcription: str | None = None


class Calls:
    """Every method raises Trouble."""

    def __init__(self, client: Client, people: People, keys: Keys) -> None:
        self._client = client
        self._settings = client.settings
        self._people = people
        self._keys = keys
        self._called_back: dict[str, float] = {}  # number → when the form was filled in

    def expect_callback(self, number: str) -> None:
        """The next calls to this number answer a callback form, and are registered as that."""
        now = self._client.time()
        recent = {each: at for each, at in self._called_back.items() if now - at < _CALLBACK}
        self._called_back = {**recent, number: now}

    async def announce(self, call: LiveCall) -> str:
        """The handle of the card, which opens at `call.user`."""
        method, asked = await self._registration(call)
        made = await self._client.call(method, {**asked, "SHOW": 1}, LIVE)
        return made_id(method, as_map(made).get("CALL_ID"))

    async def show(self, handle: str, users: tuple[str, ...]) -> str:
        return await self._cards("show", handle, users)

    async def hide(self, handle: str, users: tuple[str, ...]) -> str:
        return await self._cards("hide", handle, users)

    async def log(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None,
    ) -> str:
        """The portal's CALL_ID. Whatever an earlier attempt left is found and completed."""
        async with self._keys.one_at_a_time(record.call_id):
            logged = await self._found(record.call_id, entities, announced)
            if logged is None:
                logged = await self._write_under(record, user, entities, announced)
            else:
                await self._bind(logged, entities)
            self._keys.remember(key, logged.call)
            return logged.call

    async def attach(self, call: str, entity: EntityRef) -> str:
        """Show a finished call on one more entity."""
        await self._bind(await self.logged(call), (entity,))
        return f"{call}/{entity.kind.value}/{entity.id}"

    async def logged(self, call: str) -> Logged:
        """What became of a call by its CALL_ID. Raises Trouble for one that is not there."""
        rows = await self._client.call(*finished(CALL_ID=call))
        if found := as_logged(rows):
            return found
        raise refused(f"the portal has no finished call {call}")

    async def end(self, handle: str, user: str | None, code: str, reason: str) -> None:
        """Finish a registered call that never became one; done when it is over already."""
        asked = {
            "CALL_ID": handle,
            "USER_ID": await self._people.anyone(user),
            "DURATION": 0,
            "STATUS_CODE": code,
            "FAILED_REASON": reason,
            "ADD_TO_CHAT": 0,
        }
        try:
            await self._client.call("telephony.externalCall.finish", asked, WRITE)
        except Trouble as error:
            if not error.words.startswith(_NOT_FOUND):
                raise

    async def _cards(self, what: str, handle: str, users: tuple[str, ...]) -> str:
        if not users:
            return handle
        asked = {"CALL_ID": handle, "USER_ID": [await self._people.anyone(each) for each in users]}
        if await self._client.call(f"telephony.externalCall.{what}", asked, LIVE) is False:
            raise refused(f"the portal has no ringing call {handle}")
        return handle

    async def _found(
        self, call_id: str, entities: tuple[EntityRef, ...], announced: Announced | None
    ) -> Logged | None:
        """The call when it is finished already; refuse entities that are not there."""
        commands = {"mine": finished(EXTERNAL_CALL_ID=call_id)}
        if announced and announced.handle:
            commands["handle"] = finished(CALL_ID=announced.handle)
        for index, entity in enumerate(entities):
            commands[f"entity{index}"] = (f"crm.{entity.kind.value}.get", {"ID": entity.id})
        answer = await self._client.batch(commands)
        for index in range(len(entities)):
            answer[f"entity{index}"]
        by_handle = as_logged(answer["handle"]) if "handle" in commands else None
        return as_logged(answer["mine"]) or by_handle

    async def _write_under(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        announced: Announced | None,
    ) -> Logged:
        """Where `user` has left the portal since, the call is one of nobody's."""
        try:
            return await self._write(record, user, entities, announced)
        except Trouble as error:
            if user is None or not error.words.startswith(_NO_USER):
                raise
            if not await self._people.left(user):
                raise
        log.warning("crm.user_gone", crm=self._settings.name, user=user)
        if announced and announced.call and announced.call.user == user:
            announced = replace(announced, call=replace(announced.call, user=None))
        return await self._write(record, None, entities, announced)

    async def _write(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        announced: Announced | None,
    ) -> Logged:
        """Register where nothing was announced, finish and bind: one request."""
        owner = await self._people.anyone(user)
        commands: dict[str, Command] = {}
        handle = announced.handle if announced else None
        if handle is None:
            commands["register"] = await self._registration(
                announced.call if announced and announced.call else _as_live(record, owner),
                _main(entities),
            )
        call = handle or "$result[register][CALL_ID]"
        commands["finish"] = self._finish(record, owner, call)
        activity = "$result[finish][CRM_ACTIVITY_ID]"
        commands |= {f"bind{n}": _binding(activity, each) for n, each in enumerate(entities)}
        answer = await self._client.batch(commands, WRITE)
        if _unknown(answer):
            return await self._finished_before(record, owner, entities, handle, answer)
        call = handle or str(as_map(answer["register"])["CALL_ID"])
        made = as_map(answer["finish"])
        logged = Logged(call, reference(made.get("CRM_ACTIVITY_ID")), None)
        if entities:
            _check_activity(logged)
        for index in range(len(entities)):
            _bound(answer, f"bind{index}")
        return logged

    async def _finished_before(
        self,
        record: CallRecord,
        owner: str,
        entities: tuple[EntityRef, ...],
        handle: str | None,
        answer: Batch,
    ) -> Logged:
        """Only the first finish counts, and then the statistic has the call. Where it has not,
        the portal has forgotten what was announced, and the call is registered anew."""
        call = handle or str(as_map(answer["register"])["CALL_ID"])
        logged = as_logged(await self._client.call(*finished(CALL_ID=call)))
        if logged is not None:
            await self._bind(logged, entities)
            return logged
        if handle is None:
            raise answer.errors["finish"]
        return await self._write(record, owner, entities, None)

    async def _bind(self, logged: Logged, entities: tuple[EntityRef, ...]) -> None:
        if not entities:
            return
        activity = _check_activity(logged)
        commands = {f"bind{n}": _binding(activity, each) for n, each in enumerate(entities)}
        answer = await self._client.batch(commands, WRITE)
        for key in commands:
            _bound(answer, key)

    async def _registration(
        self, call: LiveCall, entity: EntityRef | None = None
    ) -> tuple[str, dict[str, Any]]:
        asked: dict[str, Any] = {
            "USER_ID": await self._people.anyone(call.user),
            "PHONE_NUMBER": _number(call.client),
            "TYPE": self._type(call),
            "CRM_CREATE": 0,
            "SHOW": 0,
            "ADD_TO_CHAT": int(self._settings.chat),
            "EXTERNAL_CALL_ID": call.call_id,
        }
        if call.started_at:
            asked["CALL_START_DATE"] = _iso(call.started_at)
        if call.did:
            asked["LINE_NUMBER"] = call.did.removeprefix("+")
        if entity is not None:
            asked |= {"CRM_ENTITY_TYPE": entity.kind.name, "CRM_ENTITY_ID": entity.id}
        return "telephony.externalCall.register", asked

    def _type(self, call: LiveCall) -> int:
        asked = self._called_back.get(call.client.number or "", -_CALLBACK)
        answers = self._client.time() - asked < _CALLBACK
        if call.direction is Direction.OUTBOUND and answers:
            return _CALLED_BACK
        return _TYPES.get(call.direction, 2)

    def _finish(self, record: CallRecord, user: str, call: str) -> Command:
        asked: dict[str, Any] = {
            "CALL_ID": call,
            "USER_ID": user,
            "DURATION": talked(record),
            "STATUS_CODE": status_code(record),
            "ADD_TO_CHAT": int(self._settings.chat),
        }
        if record.rating in range(1, 6):
            asked["VOTE"] = record.rating
        if record.missed_reason:
            asked["FAILED_REASON"] = record.missed_reason.value
        if (cost := self._settings.cost) and record.direction is Direction.OUTBOUND:
            minutes = ceil(talked(record) / 60)
            asked |= {"COST": cost.per_minute * minutes, "COST_CURRENCY": cost.currency}
        return "telephony.externalCall.finish", asked


def talked(record: CallRecord) -> int:
    """Whole seconds of talk; 0 when nobody did."""
    return round(record.talk_seconds or 0) if record.disposition is Disposition.ANSWERED else 0


def status_code(record: CallRecord) -> str:
    """How the portal names the end of this call."""
    if record.disposition in _BY_DISPOSITION:
        return _BY_DISPOSITION[record.disposition]
    if record.disposition is Disposition.NO_ANSWER and record.cause is None:
        return "480"
    return _BY_CAUSE.get(record.cause or 0, OTHER)


def finished(**filter: str) -> Command:
    """The row of the statistic with these values."""
    return STATISTIC, {"FILTER": filter, "SORT": "ID", "ORDER": "DESC"}


def _unknown(answer: Batch) -> bool:
    """Whether the portal knows no call to finish: it is finished, or forgotten."""
    error = answer.errors.get("finish")
    return (
        error is not None and error.words.startswith(_NOT_FOUND) and "register" not in answer.errors
    )


def as_logged(rows: Any) -> Logged | None:
    """The newest of the statistic's rows, where there is one."""
    found = as_list(rows)
    if not found:
        return None
    row = found[0]
    return Logged(
        str(row["CALL_ID"]),
        reference(row.get("CRM_ACTIVITY_ID")),
        reference(row.get("RECORD_FILE_ID")),
        _client(row),
        reference(row.get("TRANSCRIPT_ID")),
    )


def _client(row: Row) -> EntityRef | None:
    kind, id = str(row.get("CRM_ENTITY_TYPE") or ""), reference(row.get("CRM_ENTITY_ID"))
    return EntityRef(EntityKind[kind], id) if kind in EntityKind.__members__ and id else None


def _check_activity(logged: Logged) -> str:
    if logged.activity is None:
        raise refused("the call is in the portal's list, but it made no activity that can be shown")
    return logged.activity


def _binding(activity: str, entity: EntityRef) -> Command:
    asked = {
        "activityId": activity,
        "entityTypeId": TYPE_IDS[entity.kind],
        "entityId": entity.id,
    }
    return "crm.activity.binding.add", asked


def _bound(answer: Batch, key: str) -> None:
    try:
        answer[key]
    except Trouble as error:
        if error.code != ALREADY_BOUND:
            raise


def _main(entities: tuple[EntityRef, ...]) -> EntityRef | None:
    """The entity that register takes; it knows no deals."""
    return next((each for each in entities if each.kind in _MAIN), None)


def _as_live(record: CallRecord, user: str) -> LiveCall:
    """The call as it would have been announced."""
    return LiveCall(
        call_id=record.call_id,
        direction=record.direction,
        client=record.client,
        did=record.did,
        user=user,
        started_at=record.started_at,
    )


def _number(client: Caller) -> str:
    raw = "".join(char for char in client.raw or "" if char.isdecimal() or char == "+")
    return client.number or (raw if len(raw) > 2 else _HIDDEN)


def _iso(moment: datetime) -> str:
    return stamp(moment).replace("Z", "+00:00")
