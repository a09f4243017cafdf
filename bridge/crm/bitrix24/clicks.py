"""Calls that people in the portal ask for: a click on a number, a callback form.

The portal posts its events to our address, or keeps them in a queue that we read: then a PBX
needs no public address. Source: Bitrix24 REST documentation, "Telephony events", "Offline events".
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from math import inf
from typing import Any, Final

import structlog

from bridge.crm.bitrix24.cards import Cards
from bridge.crm.bitrix24.changing import EVENTS, Changing
from bridge.crm.bitrix24.client import Client
from bridge.crm.bitrix24.entities import reference
from bridge.crm.bitrix24.handlers import Handlers
from bridge.crm.bitrix24.handles import handle_of
from bridge.crm.bitrix24.people import People
from bridge.crm.bitrix24.queue import Queue, Taken
from bridge.crm.php import as_map, form
from bridge.crm.trouble import Trouble
from bridge.crm.words import UNFULFILLED
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.numbers import e164
from bridge.domain.ports import HookRefused

CLICK: Final = "ONEXTERNALCALLSTART"
CALLBACK: Final = "ONEXTERNALCALLBACKSTART"
INSTALL: Final = "ONAPPINSTALL"
KINDS: Final = {CLICK: RequestKind.CLICK, CALLBACK: RequestKind.CALLBACK}
_FORGOTTEN: Final = 3600.0  # seconds
_GIVEN_UP: Final = "603-S"
_LONGEST: Final = 64  # characters of what may be a number, extension and all

# Why → how the portal names it, and what the person who clicked reads.
CODES: Final[Mapping[Unfulfilled, str]] = {
    Unfulfilled.AGENT_NO_ANSWER: "480",
    Unfulfilled.AGENT_BUSY: "486",
    Unfulfilled.AGENT_DECLINED: "603",
    Unfulfilled.AGENT_UNAVAILABLE: "480",
    Unfulfilled.NO_EXTENSION: "403",
    Unfulfilled.BAD_NUMBER: "404",
    Unfulfilled.TOO_LATE: "603-S",
    Unfulfilled.PBX_AWAY: "503",
    Unfulfilled.UNKNOWN: "503",
}
_WORDS: Final = {
    **UNFULFILLED,
    Unfulfilled.NO_EXTENSION: "you have no extension; write it into your profile",
}
_NOBODY: Final = "nobody here took the call up"
_FORM_WORDS: Final = {
    Unfulfilled.AGENT_NO_ANSWER: _NOBODY,
    Unfulfilled.AGENT_BUSY: _NOBODY,
    Unfulfilled.AGENT_DECLINED: _NOBODY,
    Unfulfilled.AGENT_UNAVAILABLE: _NOBODY,
    Unfulfilled.NO_EXTENSION: "the PBX has no `click.callbacks`, which says who is to ring",
    Unfulfilled.TOO_LATE: "it reached the PBX too late",
}

log = structlog.get_logger(__name__)


class Clicks:
    """`now` is unix seconds by our own clock. Every method raises Trouble, `hooked` HookRefused
    too."""

    def __init__(
        self,
        client: Client,
        cards: Cards,
        people: People,
        changing: Changing,
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._now = now
        self._changing = changing
        self._settings = client.settings
        self._cards = cards
        self._people = people
        self._queue = Queue(client)
        self._handlers = Handlers(client, people, KINDS, now)
        # who → when it came last, and when it was asked then
        self._seen: dict[tuple[RequestKind, str | None, str], tuple[float, float]] = {}
        self._last: dict[str, float] = {}

    async def requests(self) -> AsyncIterator[CallRequest]:
        """Out of the portal's queue. A webhook has none: then only `hooked` brings requests."""
        if self._client.webhook:
            await asyncio.get_running_loop().create_future()
        self._handlers.doubt()
        await self._handlers.keep()
        for left in await self._queue.left():
            for request in await self._wanted(self._asked(left), judge=False):
                yield request
            await self._queue.clear(left)
        while True:
            await self._handlers.keep()
            # Whoever dials has a guard against a second time; what is cleared first can be lost.
            taken = await self._queue.take()
            for request in await self._wanted(self._asked(taken)):
                yield request
            await self._queue.clear(taken)
            await asyncio.sleep(self._settings.click.poll)

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        """What one POST asks for."""
        event = form(body)
        auth, name = as_map(event.get("auth")), str(event.get("event") or "").upper()
        if name == INSTALL:
            await self._install(auth)
            return ()
        await self._check(auth)
        await self._client.heal(auth)
        if name in EVENTS:
            self._changing.hear(name, as_map(event.get("data")))
        kind = KINDS.get(name)
        if kind is None:
            return ()
        at = _unix(event.get("ts"), self._client.time())
        asked = self._request(kind, as_map(event.get("data")), at)
        return tuple(await self._wanted([asked]))

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> str:
        """End the call that the click has registered, and tell whoever clicked. Of a form that came
        to nothing whoever has the calls of nobody is told."""
        code, words = CODES[why], _WORDS[why]
        if request.handle:
            await self._cards.end(request.handle, request.user, code, words)
        doubt = "perhaps " if why is Unfulfilled.UNKNOWN else ""
        text = f"The call to {request.number} was {doubt}not made: {words}."
        if request.kind is RequestKind.CALLBACK:
            words = _FORM_WORDS.get(why, words)
            text = f"{request.number} asked to be called back, and was {doubt}not called: {words}."
        if request.user or request.kind is RequestKind.CALLBACK:
            user = await self._people.anyone(request.user)
            await self._people.notify(user, text, tag=f"click:{request.id}")
        return request.id

    def answering(self, request: CallRequest) -> None:
        """The next calls to this number are registered as answers to a form."""
        dialled = e164(request.number, self._settings.region)
        self._cards.expect_callback(dialled or request.number)

    def _asked(self, taken: Taken) -> list[CallRequest | None]:
        return [
            self._request(
                KINDS[name],
                as_map(each.get("EVENT_DATA")),
                _moment(each.get("TIMESTAMP_X"), self._client.time()),
            )
            for each in taken.events
            if (name := str(each.get("EVENT_NAME") or "").upper()) in KINDS
        ]

    def _request(
        self, kind: RequestKind, data: Mapping[str, Any], at: datetime
    ) -> CallRequest | None:
        """`at` by the portal's clock becomes ours: whoever dials knows no other. Nothing was asked
        after we have seen it, and nothing before there were clocks."""
        now = self._now()
        ours = max(0.0, min(at.timestamp() - (self._client.time() - now), now))
        return _request(kind, data, at, datetime.fromtimestamp(ours, UTC))

    async def _wanted(
        self, found: list[CallRequest | None], *, judge: bool = True
    ) -> list[CallRequest]:
        """Those that somebody still waits for, each once. Not to `judge` leaves it to whoever dials
        which are too late: one that an earlier process has dialled may be talking now."""
        wanted = []
        for request in found:
            if request is None or self._is_known(request):
                continue
            if self._is_repeat(request):
                await self._end_repeat(request)
                continue
            if judge and self._is_late(request):
                await self._too_late(request)
                continue
            wanted.append(request)
        return wanted

    def _is_known(self, request: CallRequest) -> bool:
        """The same one by both ways, or read again."""
        now = self._now()
        self._last = {key: at for key, at in self._last.items() if now - at < _FORGOTTEN}
        known = request.id in self._last
        self._last[request.id] = now
        return known

    def _is_repeat(self, request: CallRequest) -> bool:
        """Another one of the same user and number, too soon after one that was let through."""
        now = self._now()
        self._seen = {key: at for key, at in self._seen.items() if now - at[0] < _FORGOTTEN}
        who = request.kind, request.user, request.number
        asked = request.asked_at.timestamp()
        came, earlier = self._seen.get(who, (-inf, -inf))
        # A form has no id of its own, and comes by both ways seconds apart.
        again = min(now - came, abs(asked - earlier)) < self._settings.click.repeat
        if not again:
            self._seen[who] = now, asked
        return again

    def _is_late(self, request: CallRequest) -> bool:
        """A person waits for a click; a callback form is worth more: the dialler knows."""
        age = self._now() - request.asked_at.timestamp()
        return request.kind is RequestKind.CLICK and age > self._settings.click.within

    async def _too_late(self, request: CallRequest) -> None:
        try:
            await self.unfulfilled(request, Unfulfilled.TOO_LATE)
        except Trouble as error:
            log.warning("click.not_told", request=request.id, error=error.detail)

    async def _end_repeat(self, request: CallRequest) -> None:
        """The portal has registered a call for this click too: nobody makes it, so it is over."""
        if not request.handle:
            return
        try:
            await self._cards.end(request.handle, request.user, _GIVEN_UP, "clicked twice")
        except Trouble as error:
            log.warning("click.repeat_not_ended", request=request.id, error=error.detail)

    async def _check(self, auth: Mapping[str, Any]) -> None:
        """Raises HookRefused for what the portal did not send."""
        kept = await self._client.tokens.kept()
        said = self._settings.application_token
        token = said.get_secret_value() if said else kept.application_token
        if not token:
            raise HookRefused("application_token is not set: events cannot be believed")
        if not _same(token, str(auth.get("application_token") or "")):
            raise HookRefused("the application token is another one: see application_token")
        member = self._settings.member_id or kept.member_id
        if member and not _same(member, str(auth.get("member_id") or "")):
            raise HookRefused("this event is of another portal: see member_id")

    async def _install(self, auth: dict[str, Any]) -> None:
        if self._client.webhook or not await self._client.install(auth):
            raise HookRefused("an installation of another application: see client_id")
        self._handlers.doubt()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _request(
    kind: RequestKind, data: Mapping[str, Any], at: datetime, ours: datetime
) -> CallRequest | None:
    """None where no number is named. The moment by the portal's clock names a form, and is the
    same when it comes again; the request has ours."""
    international = reference(data.get("PHONE_NUMBER_INTERNATIONAL"))
    number = international or reference(data.get("PHONE_NUMBER"))
    if number is None:
        return None
    number = number[:_LONGEST]
    call = reference(data.get("CALL_ID")) if kind is RequestKind.CLICK else None
    entity = _entity(data)
    about = f"{entity.kind.value}-{entity.id}" if entity else "nobody"
    return CallRequest(
        id=call or f"{kind.value}:{number}:{about}:{int(at.timestamp())}",
        kind=kind,
        number=number,
        user=reference(data.get("USER_ID")),
        line=reference(data.get("LINE_NUMBER")),
        handle=handle_of(call, known=entity is not None) if call else None,
        entity=entity,
        asked_at=ours,
    )


def _entity(data: Mapping[str, Any]) -> EntityRef | None:
    kind, id = str(data.get("CRM_ENTITY_TYPE") or "").lower(), reference(data.get("CRM_ENTITY_ID"))
    known = kind in [each.value for each in EntityKind]
    return EntityRef(EntityKind(kind), id) if known and id else None


def _unix(value: Any, now: float) -> datetime:
    """A time stamp of an event; one that cannot be read is of now."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(now, UTC)


def _moment(value: Any, now: float) -> datetime:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(now, UTC)
