"""The link to one Asterisk: connects, stays, comes back, and tells its one consumer everything
in order.

What the consumer gets after each connect, in this order: PbxStarted if Asterisk itself started
anew, events that came meanwhile, SnapshotTaken, then events as they happen; and LinkLost when a
live link ends.

Why no event is lost around a snapshot, nor applied in the wrong order. We subscribe at login, so
nothing falls between the lists and the events. Events that arrive before we ask for the lists come
before the snapshot: what they tell of is older than the lists. Events that arrive from then on are
held and follow the snapshot. Some of them tell of what a list already shows, for a list is of the
moment of its answer; hearing it again does no harm: an event says what is (this channel is in that
bridge), not what to add, so the last word on each channel leaves the same state as the list. What
is younger than the list of channels but already in a later list (of a bridge, of a queue) is left
out of the snapshot and comes with its own events.

Reading never waits. What the consumer has not taken stays in memory up to a bound; past it the
link is closed, counted as a gap, and opened again when the consumer has caught up.
"""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypedDict, TypeVar

import structlog

from bridge.domain.counters import Counters, NoCounters
from bridge.domain.pbx_events import LinkLost, PbxStarted, SnapshotTaken
from bridge.link.backoff import attempts_in_a_row, wait_seconds
from bridge.link.devices import Devices, Thing
from bridge.link.errors import FellBehind, LinkDown, LinkError, Trouble
from bridge.link.inbox import Inbox, Item, Message
from bridge.link.states import LinkState, moved

log = structlog.get_logger(__name__)

_AFTER = {Trouble.REFUSED: LinkState.REFUSED}


class Session(Protocol):
    """One connection from beginning to end; used once. Everything raises LinkError."""

    @property
    def why(self) -> LinkError | None:
        """Why it ended, None while it stands."""
        ...

    async def open(self) -> None: ...
    async def authenticate(self) -> None:
        """Log in and subscribe: from here on no event is missed."""
        ...

    async def started_at(self) -> str:
        """When this Asterisk started: the same text means the same process."""
        ...

    async def snapshot(self) -> SnapshotTaken: ...
    async def device_states(self) -> Iterable[tuple[Thing, str]]: ...
    async def live(self) -> LinkError:
        """Watch it until it ends, and say why it did."""
        ...

    def close(self, why: LinkError | None = None) -> None:
        """End it now and for good, wherever it is; `live` returns `why`."""
        ...

    async def closed(self) -> None:
        """Wait until nothing is left of it."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """`kind` (ami, ari) begins the names of its metrics and log lines; `pbx` is whose it is."""

    kind: str
    pbx: str


class Around(TypedDict, total=False):
    """What is around a link of either kind. `started`: when Asterisk had started as it was last
    seen (`link.started`), if the caller kept it over a restart of its own. `devices` hear of
    themselves beside the consumer, who hears nothing of them."""

    counters: Counters | None
    started: str
    chance: Callable[[], float]
    told: Callable[[LinkState], None]
    devices: Devices | None


S = TypeVar("S", bound=Session)


class Link(ABC, Generic[S]):
    """`run` in a task group; `take` from one consumer. `max_bytes`: of events that wait in memory;
    the rest as Around says."""

    def __init__(
        self,
        named: Named,
        max_bytes: int,
        *,
        counters: Counters | None = None,
        started: str = "",
        chance: Callable[[], float] = random.random,
        told: Callable[[LinkState], None] = lambda state: None,
        devices: Devices | None = None,
    ) -> None:
        self.pbx = named.pbx
        self.kind = named.kind
        self.state = LinkState.WAITING
        self.started = started
        self._devices = devices
        self._counters = counters or NoCounters()
        self._chance = chance
        self._told = told
        self._inbox = Inbox(max_bytes)
        self._session: S | None = None
        self._closing = asyncio.Event()
        self._last: Message | None = None
        self._failures = 0

    @abstractmethod
    def _new_session(self) -> S:
        """A connection that is not open yet; what it hears goes to `_hear`."""

    @abstractmethod
    def _moment(self, message: Message) -> datetime | None:
        """The time that a message carries."""

    async def run(self) -> None:
        """Keep the link until `close`. Raises nothing that a PBX could cause."""
        try:
            while not self._closing.is_set():
                trouble = await self._attempt()
                if not self._closing.is_set():
                    await self._pause(trouble)
        finally:
            self.close()

    async def take(self) -> list[Item]:
        """All that came since the last take, in order, at least one; empty: the link is closed."""
        self._counters.gauge(f"{self.kind}_inbox_bytes", self._inbox.bytes, pbx=self.pbx)
        return await self._inbox.take()

    def close(self) -> None:
        """End the link for good, whatever it is doing. What was read can still be taken."""
        self._closing.set()
        if self._session is not None:
            self._session.close()
        if self.state is not LinkState.CLOSED:
            self._move(LinkState.CLOSED)
        self._inbox.close()

    async def _attempt(self) -> Trouble:
        """One connection from beginning to end; why it ended."""
        self._move(LinkState.CONNECTING)
        clock, live_since = asyncio.get_running_loop().time, None
        session = self._session = self._new_session()
        try:
            await self._bring_up(session)
            live_since = clock()
            error = await session.live()
        except LinkError as caught:
            error = session.why if isinstance(caught, LinkDown) and session.why else caught
        except Exception:
            log.exception(f"{self.kind}.fault", pbx=self.pbx)
            error = LinkDown("a fault of ours: report it with the log line before this one")
        finally:
            session.close()
            self._session = None
            await session.closed()
        live_seconds = clock() - live_since if live_since is not None else 0.0
        self._failures = attempts_in_a_row(self._failures, live_seconds)
        self._end(error)
        return error.trouble

    async def _bring_up(self, session: S) -> None:
        await session.open()
        self._advance(LinkState.LOGGING_IN)
        self._inbox.hold()
        await session.authenticate()
        self._advance(LinkState.SNAPSHOTTING)
        started = await session.started_at()
        restarted = self.started not in {"", started}
        self._inbox.release(*[PbxStarted(None, None)] * restarted)
        self.started = started
        self._inbox.hold()
        snapshot = await session.snapshot()
        if self._devices:
            self._devices.learn(await session.device_states())
        self._advance(LinkState.LIVE)
        self._inbox.release(snapshot)
        self._counters.count(f"{self.kind}_connects", pbx=self.pbx)
        channels = len(snapshot.channels)
        log.info(f"{self.kind}.live", pbx=self.pbx, channels=channels, restarted=restarted)

    def _end(self, error: LinkError) -> None:
        """Tell the consumer of a gap, if there is one, and everybody else of the trouble."""
        self._inbox.forget()
        if self._devices:
            self._devices.forget()
        if self.state is LinkState.LIVE:
            last = self._moment(self._last) if self._last is not None else None
            self._inbox.mark(LinkLost(last))
            self._counters.count(f"{self.kind}_gaps", pbx=self.pbx, trouble=error.trouble)
        if self._closing.is_set():
            return
        self._move(_AFTER.get(error.trouble, LinkState.WAITING))
        tell = log.warning if self._failures == 1 else log.debug
        tell(f"{self.kind}.down", pbx=self.pbx, trouble=error.trouble, why=str(error))

    async def _pause(self, trouble: Trouble) -> None:
        """The back-off; after falling behind also the time the consumer needs to catch up."""
        seconds = wait_seconds(trouble, self._failures, self._chance())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        if trouble is Trouble.BEHIND:
            await self._inbox.drained()

    def _hear(self, message: Message) -> None:
        """Keep it for the consumer; returns at once."""
        self._last = message
        if not self._inbox.put(message):
            waiting = self._inbox.bytes / 2**20
            self._fall_behind(f"{waiting:.0f} MiB wait in memory: the consumer is too slow")

    def _fall_behind(self, why: str) -> None:
        if self._session is not None:
            self._session.close(FellBehind(why))

    def _advance(self, to: LinkState) -> None:
        """One step on the way up, unless `close` was called meanwhile."""
        if self._closing.is_set():
            raise LinkDown("closed by us")
        self._move(to)

    def _move(self, to: LinkState) -> None:
        self.state = moved(self.state, to)
        self._counters.gauge(f"{self.kind}_link_up", float(to is LinkState.LIVE), pbx=self.pbx)
        self._told(to)
