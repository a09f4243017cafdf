"""From a store in trouble to what people read, over restarts and with somebody acknowledging."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.masks import without_numbers
from bridge.domain.messages import Message
from bridge.domain.record import Disposition, Recording, RecordingState
from bridge.domain.troubles import IncidentState, TroubleKind, Troubles
from bridge.notify.links import Links
from bridge.notify.settings import AlertSettings, QuietHours
from bridge.notify.watch import Tells, Watch
from bridge.observe.health import Health
from bridge.observe.troubles import HealthTroubles
from bridge.outbox.logins import Dead
from bridge.outbox.ports import StoreUnavailable
from bridge.outbox.states import EntryState
from bridge.storage.store import Store, open_store
from bridge.storage.waiting import StoreTroubles, WaitingTroubles
from tests.lab.wait import until
from tests.notify.conftest import Telling
from tests.outbox.conftest import Counted, Desk, StillClock, clock, crm, desk, store
from tests.outbox.fake_crm import NEEDS_LOGIN, REFUSED, TRY_LATER
from tests.rules.office import call

__all__ = ["clock", "crm", "desk", "store"]

LINKS = Links("https://bridge.example.org", "4f1c0d9e")


class Guard:
    """A watch over a real store that looks when it is told to, and what it told."""

    name = "guard"

    def __init__(self, store: Store, clock: StillClock, teller: Tells | None = None) -> None:
        self.teller = teller or self
        self.store = store
        self.clock = clock
        self.health = Health()
        self.counted = Counted()
        self.refuses = False
        self.is_mine = True  # to watch, where several daemons share the store
        self.dead: dict[str, Dead] = {}
        self.messages: list[Message] = []
        self.watch = self._watch()

    def _watch(self) -> Watch:
        sources: list[Troubles] = [
            HealthTroubles(self.health),
            StoreTroubles(self.store, lambda: self.refuses),
            WaitingTroubles(self.store, self.dead),
        ]
        return Watch(
            sources,
            self.store,
            [(frozenset(TroubleKind), self.teller)],
            AlertSettings(),
            clock=self.clock,
            counters=self.counted,
            away=StoreUnavailable,
            hold=self.hold,
            links=LINKS,
            mask=without_numbers,
        )

    async def hold(self) -> bool:
        return self.is_mine and await self.store.claims.hold("alerts")

    def restart(self) -> None:
        self.watch = self._watch()

    def tell(self, message: Message) -> None:
        self.messages.append(message)

    async def take_up(self) -> None: ...

    def lay_down(self) -> None: ...

    async def look(self, minutes: float, times: int = 1) -> list[str]:
        """Look so many times, `minutes` apart; the titles of all that was told until now."""
        for _ in range(times):
            self.clock.move(timedelta(minutes=minutes))
            await self.watch.look()
        return [message.title for message in self.messages]


@pytest.fixture
def guard(store: Store, clock: StillClock) -> Guard:
    return Guard(store, clock)


@pytest.mark.proves("S0-30", "S4-13", "S4-41")
async def test_a_hundred_calls_that_a_crm_does_not_take_are_one_incident(
    guard: Guard, desk: Desk
) -> None:
    desk.crm.answers += [TRY_LATER] * 100
    await desk.finish(*(call(call_id=f"pbx-{n}.1") for n in range(100)))
    await desk.deliver()
    told = await guard.look(5, times=3)
    assert told == ["crm does not take calls"]


@pytest.mark.proves("S4-13", "S4-41")
async def test_its_recovery_is_told_and_says_how_long_it_lasted(guard: Guard, desk: Desk) -> None:
    desk.crm.answers += [TRY_LATER]
    await desk.finish(call())
    await desk.deliver()
    await guard.look(10)
    await desk.deliver()
    assert (await guard.look(1, times=2))[1:] == ["crm takes calls again"]
    assert guard.messages[-1].text == "It lasted from 2026-01-05 09:00:00 UTC for 11 min."


async def test_a_refused_login_is_told_at_once_with_what_to_do(guard: Guard, desk: Desk) -> None:
    desk.crm.answers += [NEEDS_LOGIN]
    await desk.finish(call())
    await desk.deliver()
    assert await guard.look(1) == ["crm refuses our login"]
    assert "renew the login" in guard.messages[0].text


async def test_a_login_that_is_dead_without_a_call_is_told_and_its_recovery_too(
    guard: Guard,
) -> None:
    guard.dead["crm"] = Dead(guard.clock.now(), "401")
    opened = await guard.look(1)
    del guard.dead["crm"]
    assert (opened, (await guard.look(2, times=2))[1:]) == (
        ["crm refuses our login"],
        ["crm takes our login again"],
    )


async def test_a_dead_login_that_a_delivery_met_too_is_one_incident(
    guard: Guard, desk: Desk
) -> None:
    desk.crm.answers += [NEEDS_LOGIN]
    await desk.finish(call())
    await desk.deliver()
    guard.dead["crm"] = Dead(guard.clock.now(), "401")
    assert await guard.look(1, times=3) == ["crm refuses our login"]


async def test_parked_deliveries_are_told_once_a_reason_and_are_over_when_a_person_acted(
    guard: Guard, desk: Desk
) -> None:
    desk.crm.answers += [REFUSED] * 6
    await desk.finish(*(call(call_id=f"pbx-{n}.1") for n in range(3)))
    await desk.deliver()
    told = await guard.look(1)
    assert (told, "deliveries retry 1" in guard.messages[0].text) == (
        ["crm (refused): deliveries wait for a person"],
        True,
    )
    for entry in await guard.store.deliveries((EntryState.PARKED,)):
        await guard.store.drop(entry.id, now=guard.clock.now())
    assert (await guard.look(1, times=2))[1:] == ["crm (refused): no delivery waits any more"]


async def test_an_incident_survives_a_restart_and_is_not_told_again(guard: Guard) -> None:
    guard.health.report("ami office", "waiting", ready=False, act="see that Asterisk runs")
    await guard.look(6, times=2)
    guard.restart()
    assert await guard.look(6, times=2) == ["office is not followed"]


async def test_who_acknowledges_is_not_reminded_and_hears_of_the_end(guard: Guard) -> None:
    guard.health.report("ami office", "waiting", ready=False)
    await guard.look(6, times=2)
    [incident] = await guard.store.incidents()
    await guard.store.acknowledge(incident.id, "anna")
    await guard.look(600, times=3)
    guard.health.report("ami office", "live", ready=True)
    assert await guard.look(1, times=2) == ["office is not followed", "office is followed again"]


async def test_who_does_not_acknowledge_is_reminded(guard: Guard) -> None:
    guard.health.report("deliver crm", "failed", ready=False)
    assert await guard.look(250, times=3) == ["deliver crm fails", "Still: deliver crm fails"]


async def test_an_acknowledgement_is_not_undone_by_a_look_that_was_under_way(guard: Guard) -> None:
    guard.health.report("ami office", "waiting", ready=False)
    await guard.look(6, times=2)
    [before] = await guard.store.incidents()
    await guard.store.acknowledge(before.id, "anna")
    await guard.store.keep_incidents([before])
    [after] = await guard.store.incidents()
    assert (after.state, after.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "anna")


async def test_a_store_that_refuses_is_told_though_nothing_can_be_kept_there(
    guard: Guard, tmp_path: Path
) -> None:
    async with open_store(str(tmp_path / "other.db"), daemon=True) as closed:
        gone = Guard(closed, guard.clock)
        await closed.close()
        gone.refuses = True
        assert await gone.look(6, times=3) == ["the store cannot store calls"]


async def test_what_the_store_could_not_keep_it_gets_later(guard: Guard) -> None:
    guard.health.report("ami office", "waiting", ready=False)
    keep, down = guard.store.keep_incidents, True

    async def failing(*given: object) -> object:
        if down:
            raise StoreUnavailable("full")
        return await keep(*given)  # type: ignore[arg-type]

    guard.store.keep_incidents = failing  # type: ignore[method-assign, assignment]
    await guard.look(6, times=3)
    down = False
    assert await guard.look(6) == ["office is not followed"]
    assert [each.state for each in await guard.store.incidents()] == [IncidentState.OPEN]


async def test_lost_recordings_of_an_hour_are_one_incident(guard: Guard, desk: Desk) -> None:
    for number in range(3):
        item = Recording(id=f"{number}.wav")
        await desk.finish(call(call_id=f"pbx-{number}.1", recordings=(item,)))
        missing = replace(item, state=RecordingState.MISSING)
        await desk.store.change_recording(f"pbx-{number}.1", missing, now=desk.clock.now())
    assert await guard.look(1, times=3) == ["pbx: recordings are not kept"]
    assert "3 missing" in guard.messages[0].text


@pytest.mark.parametrize(
    ("talked", "others", "told"),
    [
        (Disposition.ANSWERED, RecordingState.READY, []),
        (Disposition.ANSWERED, RecordingState.EMPTY, ["pbx: recordings are not kept"]),
        (Disposition.MISSED, RecordingState.EMPTY, []),
    ],
)
async def test_a_file_without_sound_is_trouble_only_where_nothing_else_has_the_talk(
    guard: Guard, desk: Desk, talked: Disposition, others: RecordingState, told: list[str]
) -> None:
    items = [Recording(id="1.wav"), Recording(id="2.wav")]
    await desk.finish(call(disposition=talked, recordings=tuple(items)))
    for item, state in zip(items, (RecordingState.EMPTY, others), strict=True):
        settled = replace(
            item, state=state, file="2.wav" if state is RecordingState.READY else None
        )
        await desk.store.change_recording("pbx-1.1", settled, now=desk.clock.now())
    assert await guard.look(1, times=3) == told


async def test_no_number_and_no_secret_of_a_crm_stands_in_a_message(
    guard: Guard, desk: Desk
) -> None:
    refused = replace(REFUSED, detail="+79161234567 is in the stop list")
    desk.crm.answers += [refused, refused]
    await desk.finish(call())
    await desk.deliver()
    await guard.look(1)
    [message] = guard.messages
    assert "9161234567" not in message.text + repr(message.facts)


async def test_a_link_that_was_changed_or_is_old_does_not_acknowledge(clock: StillClock) -> None:
    link = LINKS.acknowledge(7, clock.now())
    until, sign = (part.partition("=")[2] for part in link.partition("?")[2].split("&"))
    week = timedelta(days=7)
    assert [
        LINKS.good(7, until, sign, clock.now()),
        LINKS.good(8, until, sign, clock.now()),
        LINKS.good(7, "9" * 12, sign, clock.now()),
        LINKS.good(7, "²", "é", clock.now()),
        LINKS.good(7, until, sign, clock.now() + week),
    ] == [True, False, False, False, False]


@pytest.mark.proves("S4-13")
async def test_what_quiet_hours_hold_back_is_told_after_a_kill(
    store: Store, clock: StillClock
) -> None:
    """The process ends between the incident and the end of the quiet hours, without a word."""
    quiet = QuietHours.model_validate({"week": {"mon-sun": "08:00-12:00"}})
    before = Telling(quiet=quiet, kept=store, clock=clock)
    guard = Guard(store, clock, before.teller)
    async with before.running():
        guard.health.report("ami office", "waiting", ready=False)
        await guard.look(6, times=2)
        await clock.waits.acquire()  # for the end of the quiet hours
    after = Telling(quiet=quiet, kept=store, clock=clock)
    await after.teller.take_up()
    clock.move(timedelta(hours=4))
    async with after.running():
        await after.sender.until(1)
        await until_said(store)
    assert (before.sender.sent, after.sender.sent[0].title) == ([], "office is not followed")


async def test_what_another_daemon_takes_over_is_told_once(store: Store, clock: StillClock) -> None:
    """Both live; the claim to watch goes from one to the other in the quiet hours."""
    quiet = QuietHours.model_validate({"week": {"mon-sun": "08:00-12:00"}})
    one, other = (Telling(quiet=quiet, kept=store, clock=clock) for _ in range(2))
    guard = Guard(store, clock, one.teller)
    async with one.running(), other.running(), asyncio.TaskGroup() as group:
        guard.health.report("ami office", "waiting", ready=False)
        await guard.look(6, times=2)
        await clock.waits.acquire()  # for the end of the quiet hours
        guard.is_mine = False
        watching = group.create_task(guard.watch.run())
        await clock.waits.acquire()  # it has looked, and will again
        await other.teller.take_up()
        clock.move(timedelta(hours=4))
        await other.sender.until(1)
        await until_said(store)
        watching.cancel()
    assert (len(one.sender.sent), len(other.sender.sent)) == (0, 1)


async def until_said(store: Store) -> None:
    async def nothing_left() -> bool:
        return not await store.unsaid("mail")

    await until(nothing_left, "the message to be gone from the store")
