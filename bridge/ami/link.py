"""The link to one Asterisk: connects, stays, comes back, and tells its one consumer everything
in order.

What the consumer gets after each connect, in this order: PbxStarted if Asterisk itself started
anew (CoreStatus tells when it started; FullyBooted would need `system` rights), events that came
meanwhile, SnapshotTaken, then events as they happen; and LinkLost when a live link ends.

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
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime

import structlog

from bridge.ami.backoff import attempts_in_a_row, wait_seconds
from bridge.ami.codec import Frame
from bridge.ami.errors import AmiError, FellBehind, LinkDown, Trouble
from bridge.ami.inbox import Inbox, Item
from bridge.ami.presence import Devices
from bridge.ami.protocol import Reply, Value
from bridge.ami.session import Session
from bridge.ami.settings import AmiSettings
from bridge.ami.snapshot import started_at, take_snapshot
from bridge.ami.states import LinkState, moved
from bridge.ami.translate import moment
from bridge.domain.pbx_events import LinkLost, PbxStarted
from bridge.domain.ports import Counters, NoCounters

log = structlog.get_logger(__name__)

_AFTER = {Trouble.REFUSED: LinkState.REFUSED}


class AmiLink:
    """`run` in a task group; `take` from one consumer; `action` from anybody.

    `kinds`: the events wanted (None: all). `started`: when Asterisk had started as it was last
    seen (`link.started`), if the caller kept it over a restart of its own. `tap` gets every byte
    as it comes, and answers whether it could keep it: if not, the link has fallen behind.
    `devices` hear of themselves beside the consumer, who hears nothing of them.
    """

    def __init__(
        self,
        settings: AmiSettings,
        kinds: Iterable[str] | None,
        *,
        counters: Counters | None = None,
        started: str = "",
        tap: Callable[[bytes], bool] | None = None,
        chance: Callable[[], float] = random.random,
        told: Callable[[LinkState], None] = lambda state: None,
        devices: Devices | None = None,
    ) -> None:
        self.pbx = settings.name
        self.state = LinkState.WAITING
        self.started = started
        self._settings = settings
        self._devices = devices
        beside = devices.kinds if devices else frozenset()
        self._kinds = None if kinds is None else frozenset(kinds) | beside
        self._counters = counters or NoCounters()
        self._tap = tap
        self._chance = chance
        self._told = told
        self._inbox = Inbox(settings.max_bytes)
        self._session: Session | None = None
        self._closing = asyncio.Event()
        self._last: Frame | None = None
        self._failures = 0

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
        self._counters.gauge("ami_inbox_bytes", self._inbox.bytes, pbx=self.pbx)
        return await self._inbox.take()

    async def action(
        self, name: str, headers: Mapping[str, Value] | None = None, seconds: float | None = None
    ) -> Reply:
        """One action, sent at most once and never again after a loss. Raises LinkDown at once
        when the link is not live, NoAnswer after `seconds`, BadHeader for a line break."""
        if self._session is None or self.state is not LinkState.LIVE:
            raise LinkDown(f"{name} not sent: the link to {self.pbx} is {self.state}")
        return await self._session.action(name, headers, seconds)

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
        session = self._session = Session(
            self._settings,
            self._kinds,
            self._on_frame,
            counters=self._counters,
            tap=self._on_bytes if self._tap else None,
        )
        try:
            await self._bring_up(session)
            live_since = clock()
            error = await session.live()
        except AmiError as caught:
            error = session.why if isinstance(caught, LinkDown) and session.why else caught
        except Exception:
            log.exception("ami.fault", pbx=self.pbx)
            error = LinkDown("a fault of ours: report it with the log line before this one")
        finally:
            session.close()
            self._session = None
        live_seconds = clock() - live_since if live_since is not None else 0.0
        self._failures = attempts_in_a_row(self._failures, live_seconds)
        self._end(error)
        return error.trouble

    async def _bring_up(self, session: Session) -> None:
        await session.open()
        self._advance(LinkState.LOGGING_IN)
        self._inbox.hold()
        await session.authenticate()
        self._advance(LinkState.SNAPSHOTTING)
        started = await started_at(session.action)
        restarted = self.started not in {"", started}
        self._inbox.release(*[PbxStarted(None, None)] * restarted)
        self.started = started
        self._inbox.hold()
        snapshot = await take_snapshot(session.action)
        if self._devices:
            await self._devices.learn(session.action)
        self._advance(LinkState.LIVE)
        self._inbox.release(snapshot)
        self._counters.count("ami_connects", pbx=self.pbx)
        log.info("ami.live", pbx=self.pbx, channels=len(snapshot.channels), restarted=restarted)

    def _end(self, error: AmiError) -> None:
        """Tell the consumer of a gap, if there is one, and everybody else of the trouble."""
        self._inbox.forget()
        if self._devices:
            self._devices.forget()
        if self.state is LinkState.LIVE:
            self._inbox.mark(LinkLost(self._last_moment()))
            self._counters.count("ami_gaps", pbx=self.pbx, trouble=error.trouble)
        if self._closing.is_set():
            return
        self._move(_AFTER.get(error.trouble, LinkState.WAITING))
        tell = log.warning if self._failures == 1 else log.debug
        tell("ami.down", pbx=self.pbx, trouble=error.trouble, why=str(error))

    async def _pause(self, trouble: Trouble) -> None:
        """The back-off; after falling behind also the time the consumer needs to catch up."""
        seconds = wait_seconds(trouble, self._failures, self._chance())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        if trouble is Trouble.BEHIND:
            await self._inbox.drained()

    def _on_frame(self, frame: Frame) -> None:
        self._last = frame
        if self._devices and frame.kind in self._devices.kinds:
            self._devices.hear(frame)
            return
        if not self._inbox.put(frame):
            self._fall_behind(f"{self._inbox.bytes} bytes wait in memory: the consumer is too slow")

    def _on_bytes(self, data: bytes) -> None:
        if self._tap is not None and not self._tap(data):
            self._fall_behind("the stream cannot be kept as fast as it comes")

    def _fall_behind(self, why: str) -> None:
        if self._session is not None:
            self._session.close(FellBehind(why))

    def _last_moment(self) -> datetime | None:
        return moment(self._last) if self._last is not None else None

    def _advance(self, to: LinkState) -> None:
        """One step on the way up, unless `close` was called meanwhile."""
        if self._closing.is_set():
            raise LinkDown("closed by us")
        self._move(to)

    def _move(self, to: LinkState) -> None:
        self.state = moved(self.state, to)
        self._counters.gauge("ami_link_up", float(to is LinkState.LIVE), pbx=self.pbx)
        self._told(to)
