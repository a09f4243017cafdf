"""Clicks: calls that people ask for in a CRM or over our HTTP API, and the PBXs that make them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex
from typing import Final

import structlog

from bridge.ami.link import AmiLink
from bridge.ami.originate import originate
from bridge.app.delivering import destinations
from bridge.ari.link import AriLink
from bridge.config.model import Config, Pbx
from bridge.dialout.dialout import Dialout
from bridge.dialout.expecting import Linked
from bridge.dialout.forms import Forms
from bridge.dialout.order import Order
from bridge.dialout.polling import Polling
from bridge.dialout.ports import Asker, Place
from bridge.dialout.settings import ClickSettings, RequestSettings
from bridge.domain.call_events import CallEvent
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.counters import Counters
from bridge.domain.pbx_events import PbxEvent
from bridge.domain.ports import Answering, CallRequester, Embedded
from bridge.link.states import LinkState
from bridge.observe.tasks import Tasks
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.storage.store import Store

API = "api"
_STORED_WITHIN: Final = 5.0  # seconds: whoever posts does not wait for a store that is away

log = structlog.get_logger(__name__)


class Clicks:
    """`found` are the destinations at work, `link` gives the link of a PBX."""

    def __init__(
        self,
        config: Config,
        store: Store,
        counters: Counters,
        found: list[Destination],
        link: Callable[[str], AmiLink | AriLink],
    ) -> None:
        self._config = config
        self._found = found
        self._clock = SystemClock()
        places = [self._place(pbx, pbx.click, link(pbx.name)) for pbx in config.pbx if pbx.click]
        self._dialout = Dialout(places, store, clock=self._clock, counters=counters)
        self._asking = _asking(config, found)
        askers = {name: asker for name, (asker, _) in self._asking.items()}
        self._forms = Forms(askers, self._dialout, store, self._clock)

    async def start(self, tasks: Tasks) -> None:
        """Before the calls in progress are told again: some may be what was asked for."""
        await self.restore()
        tasks.keep("clicks", self._dialout.run, stop=self._dialout.stop)
        tasks.keep("callback forms", self._forms.run, stop=self._forms.stop)
        for name, (asker, requester) in self._asking.items():
            polling = Polling(asker, requester, self._dialout, self._forms, self._clock)
            tasks.keep(f"clicks of {name}", polling.run, stop=polling.stop)

    async def restore(self) -> None:
        """Expect the calls that another process ordered a moment ago."""
        await self._dialout.expecting.restore()

    def reload(self, config: Config) -> None:
        self._config = config

    def tell(self, event: CallEvent) -> Linked | None:
        return self._dialout.expecting.tell(event)

    def hear(self, event: PbxEvent) -> None:
        self._dialout.expecting.hear(event)

    async def hooked(self, destination: str, headers: Mapping[str, str], body: bytes) -> bool:
        """What a CRM posts to us; False when no destination of this name does. Raises HookRefused
        for what is not the CRM's."""
        to = next((one for one in self._found if one.name == destination), None)
        if to is None or not isinstance(to.crm, CallRequester):
            return False
        asker, _ = self._asking.get(destination, (None, None))
        for request in await to.crm.hooked(headers, body):
            if asker is not None:  # else only what the CRM tells of its clients is taken
                await self._take(asker, request)
        return True

    async def _take(self, asker: Asker, request: CallRequest) -> None:
        if request.kind is RequestKind.CLICK:
            self._dialout.submit(asker, request)
        else:
            await asyncio.wait([self._forms.keep(asker, request)], timeout=_STORED_WITHIN)

    def origins(self, destination: str) -> frozenset[str]:
        """The pages of this CRM whose scripts may post to us."""
        _, requester = self._asking.get(destination, (None, None))
        return requester.origins if isinstance(requester, Embedded) else frozenset()

    def ask(self, number: str, *, user: str | None, extension: str | None) -> str | Unfulfilled:
        """Have this number called by a user of a CRM, or by an extension; the request's id."""
        users = {extension: API} if extension else self._users()
        request = CallRequest(
            id=token_hex(8),
            kind=RequestKind.CLICK,
            number=number,
            user=API if extension else user,
            line=None,
            handle=None,
            entity=None,
            asked_at=datetime.now(UTC),
        )
        asker = Asker(
            name=API, users=lambda: users, unfulfilled=_nobody_to_tell, settings=RequestSettings()
        )
        if (why := self._dialout.refusal(asker, request)) is not None:
            return why
        self._dialout.submit(asker, request)
        return request.id

    def _users(self) -> dict[str, str]:
        """Extension to user of every CRM; where two say different things, the first one counts."""
        return {
            extension: user
            for destination in reversed(self._found)
            for extension, user in destination.users.items()
        }

    def _place(self, pbx: Pbx, settings: ClickSettings, link: AmiLink | AriLink) -> Place:
        return Place(
            name=pbx.name,
            settings=settings,
            directory=lambda: self._config.directory(self._now(pbx)),
            region=lambda: self._config.region,
            is_live=lambda: link.state is LinkState.LIVE,
            originate=partial(_originate, link),
        )

    def _now(self, pbx: Pbx) -> Pbx:
        return next((one for one in self._config.pbx if one.name == pbx.name), pbx)


def _originate(link: AmiLink | AriLink, order: Order) -> Awaitable[Unfulfilled | None]:
    if isinstance(link, AmiLink):
        return originate(link.action, order)
    return link.originate(order)


def _asking(config: Config, found: list[Destination]) -> dict[str, tuple[Asker, CallRequester]]:
    """The destinations in whose CRM people can ask for calls."""
    taking = {to.name: to.click for to in destinations(config)}
    return {
        to.name: (_asker(to, to.crm, taking[to.name]), to.crm)
        for to in found
        if isinstance(to.crm, CallRequester) and taking[to.name].take
    }


def _asker(to: Destination, crm: CallRequester, settings: RequestSettings) -> Asker:
    return Asker(
        name=to.name,
        users=lambda: to.users,
        unfulfilled=crm.unfulfilled,
        settings=settings,
        answering=crm.answering if isinstance(crm, Answering) else lambda request: None,
    )


async def _nobody_to_tell(request: CallRequest, why: Unfulfilled) -> Outcome:
    """Whoever asked over HTTP has gone; the log and the counters have it."""
    return Outcome(verdict=Verdict.ACCEPTED)
