"""Calls while they ring: registered, their cards opened and taken away, given up.

Source: Bitrix24 REST documentation, `telephony.externalCall.*`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.crm.bitrix24.answers import made_id
from bridge.crm.bitrix24.client import WRITE, Ask, Client
from bridge.crm.bitrix24.entities import reference
from bridge.crm.bitrix24.handles import call_of, handle_of
from bridge.crm.bitrix24.people import People
from bridge.crm.bitrix24.told import registration
from bridge.crm.limiter import Priority
from bridge.crm.php import as_map
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Announced, LiveCall
from bridge.domain.record import Direction

_LIVE: Final = Ask(priority=Priority.LIVE, writes=True)
_REPEATABLE: Final = Ask()  # a write that may be done twice
NOT_FOUND: Final = "call is not found"  # a call that is finished, or was never there
_MOST_CARDS: Final = 2000
_CALLBACK: Final = 3600.0  # seconds in which a callback form is answered


class Cards:
    """Every method raises Trouble."""

    def __init__(self, client: Client, people: People) -> None:
        self._client = client
        self._settings = client.settings
        self._people = people
        self._cards_at: dict[str, frozenset[str]] = {}  # handle → users who may have its card
        self._called_back: dict[str, float] = {}  # number → when the form was filled in

    def expect_callback(self, number: str) -> None:
        """The next calls to this number answer a callback form, and are registered as that."""
        now = self._client.time()
        recent = {each: at for each, at in self._called_back.items() if now - at < _CALLBACK}
        self._called_back = {**recent, number: now}

    async def announce(self, call: LiveCall, key: str) -> str:
        """The handle of the card, which opens at `call.user`."""
        return await self._announce(call, None, {"SHOW": 1}, _LIVE)

    async def show(self, handle: str, users: tuple[str, ...]) -> str:
        """Open the card of a ringing call at these users; its handle again."""
        self._saw(handle, users)
        return await self._turn("show", handle, users)

    async def hide(self, handle: str, users: tuple[str, ...]) -> str:
        """Take it away from these users; its handle again."""
        return await self._turn("hide", handle, users)

    async def begun(self, announced: Announced | None, main: EntityRef | None) -> str | None:
        """The handle of what was announced; where no answer was seen, the portal tells it again."""
        if announced is None or announced.handle or announced.call is None:
            return announced.handle if announced else None
        return await self._announce(announced.call, main, {}, WRITE)

    async def close(self, begun: str, owner: str, announced: Announced | None) -> None:
        """Of a call that nobody will finish, before another takes its place: so it is tried until
        it is done."""
        first = announced.call.user if announced and announced.call else None
        users = {owner, *self._cards_at.get(begun, ()), *((first,) if first else ())}
        asked = {"CALL_ID": call_of(begun), "USER_ID": sorted(filter(str.isdecimal, users))}
        try:
            await self._client.call("telephony.externalCall.hide", asked, _REPEATABLE)
        except Trouble as error:
            if error.verdict is not Verdict.REFUSED:
                raise

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
            if not error.words.startswith(NOT_FOUND):
                raise

    async def registration(
        self, call: LiveCall, entity: EntityRef | None = None
    ) -> tuple[str, dict[str, Any]]:
        """What the portal is asked to register, on this entity where it is known."""
        user = await self._people.anyone(call.user)
        called_back = call.direction is Direction.OUTBOUND and self._answers_a_form(call)
        return registration(call, user, self._settings, entity, called_back=called_back)

    async def _announce(
        self, call: LiveCall, entity: EntityRef | None, more: Mapping[str, Any], ask: Ask
    ) -> str:
        method, asked = await self.registration(call, entity)
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

    async def _turn(self, what: str, handle: str, users: tuple[str, ...]) -> str:
        if not users:
            return handle
        ids = [await self._people.anyone(each) for each in users]
        asked = {"CALL_ID": call_of(handle), "USER_ID": ids}
        if await self._client.call(f"telephony.externalCall.{what}", asked, _LIVE) is False:
            raise refused(f"the portal has no ringing call {handle}")
        return handle

    def _answers_a_form(self, call: LiveCall) -> bool:
        asked = self._called_back.get(call.client.number or "", -_CALLBACK)
        return self._client.time() - asked < _CALLBACK
