"""Calls that are over: registered where nobody announced them, finished once, bound to their
entities.

Source: Bitrix24 REST documentation, `telephony.externalCall.*`. EXTERNAL_CALL_ID is our call id:
with it a repeated register answers with the same call for 30 minutes, two calls of one pair of
numbers stay two, and the statistic tells what became of a call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.crm.bitrix24.bindings import bindings, main_of, place_of, unbound
from bridge.crm.bitrix24.cards import NOT_FOUND, Cards
from bridge.crm.bitrix24.client import WRITE, Ask, Batch, Client, Command
from bridge.crm.bitrix24.entities import reference
from bridge.crm.bitrix24.handles import again, call_of, is_known
from bridge.crm.bitrix24.paths import Paths
from bridge.crm.bitrix24.people import People
from bridge.crm.bitrix24.statistic import Logged, activity_of, as_logged, finished
from bridge.crm.bitrix24.told import as_live, finishing
from bridge.crm.keys import Keys
from bridge.crm.php import as_map
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Announced
from bridge.domain.record import CallRecord

_NO_USER: Final = "user is not found or is not active"


class Calls:
    """Every method raises Trouble."""

    def __init__(self, client: Client, people: People, cards: Cards, keys: Keys) -> None:
        self._client = client
        self._settings = client.settings
        self._people = people
        self._cards = cards
        self._keys = keys
        self._paths = Paths(client)

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
        owner, main = await self._people.anyone(user), main_of(entities)
        handle, commands = await self._begun(record, owner, main, announced)
        call = handle or "$result[register][CALL_ID]"
        commands["finish"] = finishing(record, owner, call, self._settings)
        path = self._paths.command(record, main)
        commands |= path | bindings("$result[finish][CRM_ACTIVITY_ID]", entities)
        answer = await self._client.batch(commands, Ask(writes=True, halt=bool(path)))
        if _unknown(answer):
            return await self._finished_before(record, owner, entities, handle, answer)
        call = handle or str(as_map(answer["register"])["CALL_ID"])
        made = as_map(answer["finish"])
        logged = Logged(call, reference(made.get("CRM_ACTIVITY_ID")), None)
        if entities:
            activity_of(logged)
        await self._bind(logged, unbound(answer, entities))
        return replace(logged, untold=self._paths.refusal(answer))

    async def _begun(
        self,
        record: CallRecord,
        owner: str,
        main: EntityRef | None,
        announced: Announced | None,
    ) -> tuple[str | None, dict[str, Command]]:
        """The call that was announced, else the command that registers it. Announced as of nobody,
        it is closed, and begun anew as of its client."""
        begun, live = await self._cards.begun(announced, main), as_live(record, owner)
        if begun and main and not is_known(begun):
            await self._cards.close(begun, owner, announced)
            live = replace(live, call_id=again(record.call_id))
        elif begun:
            return call_of(begun), {}
        return None, {"register": await self._cards.registration(live, main)}

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
        return replace(logged, untold=await self._paths.complete(record, main_of(entities)))

    async def _bind(self, logged: Logged, entities: tuple[EntityRef, ...]) -> None:
        if not entities:
            return
        answer = await self._client.batch(bindings(activity_of(logged), entities), WRITE)
        for left in unbound(answer, entities):
            answer[place_of(left)]


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
        error is not None and error.words.startswith(NOT_FOUND) and "register" not in answer.errors
    )
