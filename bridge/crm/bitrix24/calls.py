"""Calls: registered as they ring or when they are over, finished once, bound to their entities.

Source: Bitrix24 REST documentation, `telephony.externalCall.*`. EXTERNAL_CALL_ID is our call id:
with it a repeated register answers with the same call for 30 minutes, two calls of one pair of
numbers stay two, and the statistic tells what became of a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bridge.crm.bitrix24.answers import ALREADY_BOUND, made_id
from bridge.crm.bitrix24.client import WRITE, Ask, Batch, Client, Command
from bridge.crm.bitrix24.entities import TYPE_IDS, reference
from bridge.crm.bitrix24.handles import again, call_of, handle_of, is_known
from bridge.crm.bitrix24.paths import Paths
from bridge.crm.bitrix24.people import People
from bridge.crm.bitrix24.statistic import Logged, activity_of, as_logged, finished
from bridge.crm.bitrix24.told import as_live, finishing, registration
from bridge.crm.keys import Keys
from bridge.crm.limiter import Priority
from bridge.crm.php import as_map
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Announced, LiveCall
from bridge.domain.record import CallRecord, Direction

LIVE: Final = Ask(priority=Priority.LIVE, writes=True)
REPEATABLE: Final = Ask()  # a write that may be done twice
_NOT_FOUND: Final = "call is not found"
_NO_USER: Final = "user is not found or is not active"
_MOST_CARDS: Final = 2000
_CALLBACK: Final = 3600.0  # seconds in which a callback form is answered
_MAIN: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD)  # what register binds to


class Calls:
    """Every method raises Trouble."""

    def __init__(self, client: Client, people: People, keys: Keys) -> None:
        self._client = client
        self._settings = client.settings
        self._people = people
        self._keys = keys
        self._paths = Paths(client)
        self._cards_at: dict[str, frozenset[str]] = {}  # handle → users who may have its card
        self._called_back: dict[str, float] = {}  # number → when the form was filled in

    def expect_callback(self, number: str) -> None:
        """The next calls to this number answer a callback form, and are registered as that."""
        now = self._client.time()
        recent = {each: at for each, at in self._called_back.items() if now - at < _CALLBACK}
        self._called_back = {**recent, number: now}

    async def announce(self, call: LiveCall, key: str) -> str:
        """The handle of the card, which opens at `call.user`."""
        return await self._announce(call, None, {"SHOW": 1}, LIVE)

    async def show(self, handle: str, users: tuple[str, ...]) -> str:
        self._saw(handle, users)
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
    ) -> Outcome:
        """With the portal's CALL_ID. Whatever an earlier attempt left is found and completed."""
        async with self._keys.one_at_a_time(record.call_id):
            logged = await self._found(record.call_id, entities, announced)
            if logged is None:
                logged = await self._write_under(record, user, entities, announced)
            else:
                logged = await self._complete(logged, record, entities)
            self._keys.remember(key, logged.call)
            return _outcome(logged)

    async def attach(self, call: str, entity: EntityRef, key: str) -> str:
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
            "CALL_ID": call_of(handle),
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

    async def _announce(
        self, call: LiveCall, entity: EntityRef | None, more: Mapping[str, Any], ask: Ask
    ) -> str:
        method, asked = await self._registration(call, entity)
        made = as_map(await self._client.call(method, {**asked, **more}, ask))
        id = made_id(method, made.get("CALL_ID"))
        found = handle_of(id, known=reference(made.get("CRM_ENTITY_ID")) is not None)
        self._saw(found, (asked["USER_ID"],))
        return found

    def _saw(self, handle: str, users: tuple[str, ...]) -> None:
        """These may have its card open now."""
        self._cards_at[handle] = self._cards_at.get(handle, frozenset()) | set(users)
        if len(self._cards_at) > _MOST_CARDS:
            del self._cards_at[next(iter(self._cards_at))]

    async def _cards(self, what: str, handle: str, users: tuple[str, ...]) -> str:
        if not users:
            return handle
        ids = [await self._people.anyone(each) for each in users]
        asked = {"CALL_ID": call_of(handle), "USER_ID": ids}
        if await self._client.call(f"telephony.externalCall.{what}", asked, LIVE) is False:
            raise refused(f"the portal has no ringing call {handle}")
        return handle

    async def _found(
        self, call_id: str, entities: tuple[EntityRef, ...], announced: Announced | None
    ) -> Logged | None:
        """The call when it is finished already; refuse entities that are not there."""
        commands = {"mine": finished(EXTERNAL_CALL_ID=call_id)}
        if announced:
            commands["again"] = finished(EXTERNAL_CALL_ID=again(call_id))
        if announced and announced.handle:
            commands["handle"] = finished(CALL_ID=call_of(announced.handle))
        for index, entity in enumerate(entities):
            commands[f"entity{index}"] = (f"crm.{entity.kind.value}.get", {"ID": entity.id})
        answer = await self._client.batch(commands)
        for index in range(len(entities)):
            answer[f"entity{index}"]
        asked = [key for key in ("mine", "again", "handle") if key in commands]
        return next(filter(None, (as_logged(answer[key]) for key in asked)), None)

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
        if announced and announced.call and announced.call.user == user:
            announced = replace(announced, call=replace(announced.call, user=None))
        logged = await self._write(record, None, entities, announced)
        return replace(logged, gone=user)

    async def _write(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        announced: Announced | None,
    ) -> Logged:
        """Register where nothing was announced, finish and bind: one request."""
        owner, main = await self._people.anyone(user), _main(entities)
        begun = await self._begun(announced, main)
        commands: dict[str, Command] = {}
        if begun and main and not is_known(begun):
            await self._close_card(begun, owner, announced)
            anew = replace(as_live(record, owner), call_id=again(record.call_id))
            commands["register"] = await self._registration(anew, main)
            begun = None
        elif begun is None:
            commands["register"] = await self._registration(as_live(record, owner), main)
        handle = call_of(begun) if begun else None
        call = handle or "$result[register][CALL_ID]"
        commands["finish"] = finishing(record, owner, call, self._settings)
        path = self._paths.command(record, main)
        commands |= path | _bindings("$result[finish][CRM_ACTIVITY_ID]", entities)
        answer = await self._client.batch(commands, Ask(writes=True, halt=bool(path)))
        if _unknown(answer):
            return await self._finished_before(record, owner, entities, handle, answer)
        call = handle or str(as_map(answer["register"])["CALL_ID"])
        made = as_map(answer["finish"])
        logged = Logged(call, reference(made.get("CRM_ACTIVITY_ID")), None)
        if entities:
            activity_of(logged)
        await self._bind(logged, _unbound(answer, entities))
        return replace(logged, untold=self._paths.refusal(answer))

    async def _begun(self, announced: Announced | None, main: EntityRef | None) -> str | None:
        """The handle of what was announced; where no answer was seen, the portal tells it again."""
        if announced is None or announced.handle or announced.call is None:
            return announced.handle if announced else None
        return await self._announce(announced.call, main, {}, WRITE)

    async def _close_card(self, begun: str, owner: str, announced: Announced | None) -> None:
        """Of a call that nobody will finish, before another takes its place: so it is tried until
        it is done."""
        first = announced.call.user if announced and announced.call else None
        users = {owner, *self._cards_at.get(begun, ()), *((first,) if first else ())}
        asked = {"CALL_ID": call_of(begun), "USER_ID": sorted(filter(str.isdecimal, users))}
        try:
            await self._client.call("telephony.externalCall.hide", asked, REPEATABLE)
        except Trouble as error:
            if error.verdict is not Verdict.REFUSED:
                raise

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
            return await self._complete(logged, record, entities)
        if handle is None:
            raise answer.errors["finish"]
        return await self._write(record, owner, entities, None)

    async def _complete(
        self, logged: Logged, record: CallRecord, entities: tuple[EntityRef, ...]
    ) -> Logged:
        """What an attempt that finished the call may have left undone."""
        await self._bind(logged, entities)
        return replace(logged, untold=await self._paths.complete(record, _main(entities)))

    async def _bind(self, logged: Logged, entities: tuple[EntityRef, ...]) -> None:
        if not entities:
            return
        answer = await self._client.batch(_bindings(activity_of(logged), entities), WRITE)
        for left in _unbound(answer, entities):
            answer[_place(left)]

    async def _registration(
        self, call: LiveCall, entity: EntityRef | None = None
    ) -> tuple[str, dict[str, Any]]:
        user = await self._people.anyone(call.user)
        called_back = call.direction is Direction.OUTBOUND and self._answers_a_form(call)
        return registration(call, user, self._settings, entity, called_back=called_back)

    def _answers_a_form(self, call: LiveCall) -> bool:
        asked = self._called_back.get(call.client.number or "", -_CALLBACK)
        return self._client.time() - asked < _CALLBACK


def _outcome(logged: Logged) -> Outcome:
    said = {
        "user_gone": logged.gone
        and f"user {logged.gone} is no more at work: the call is the default user's",
        "path_untold": logged.untold and f"the path of the call is not told: {logged.untold}",
    }
    told = {note: words for note, words in said.items() if words}
    detail = "; ".join(told.values())
    return Outcome(verdict=Verdict.ACCEPTED, result=logged.call, detail=detail, notes=tuple(told))


def _unknown(answer: Batch) -> bool:
    """Whether the portal knows no call to finish: it is finished, or forgotten."""
    error = answer.errors.get("finish")
    return (
        error is not None and error.words.startswith(_NOT_FOUND) and "register" not in answer.errors
    )


def _bindings(activity: str, entities: tuple[EntityRef, ...]) -> dict[str, Command]:
    """Whatever `register` bound the call to comes last: it is bound already, and a batch that halts
    would end there."""
    main = _main(entities)
    ordered = sorted(entities, key=lambda each: each == main)
    return {_place(each): _binding(activity, each) for each in ordered}


def _binding(activity: str, entity: EntityRef) -> Command:
    asked = {
        "activityId": activity,
        "entityTypeId": TYPE_IDS[entity.kind],
        "entityId": entity.id,
    }
    return "crm.activity.binding.add", asked


def _place(entity: EntityRef) -> str:
    """Of its binding in a batch."""
    return f"bind_{entity.kind.value}_{entity.id}"


def _unbound(answer: Batch, entities: tuple[EntityRef, ...]) -> tuple[EntityRef, ...]:
    """Those that a batch which halted did not reach. Raises Trouble for what else is not bound."""
    for each in entities:
        error = answer.errors.get(_place(each))
        if error is not None and error.code != ALREADY_BOUND:
            raise error
    seen = answer.results.keys() | answer.errors.keys()
    return tuple(each for each in entities if _place(each) not in seen)


def _main(entities: tuple[EntityRef, ...]) -> EntityRef | None:
    """The entity that register takes; it knows no deals."""
    return next((each for each in entities if each.kind in _MAIN), None)
