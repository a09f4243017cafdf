"""A teller sends what waits as one message, not too often, and never holds anybody up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.messages import Message, Unsaid
from bridge.domain.troubles import TroubleKind
from bridge.notify.channels import Unsent
from bridge.notify.settings import QuietHours
from bridge.storage.store import Store
from tests.notify.conftest import Telling
from tests.notify.test_watch import until_said
from tests.outbox.conftest import StillClock, clock, store

__all__ = ["clock", "store"]

# The clock stands at nine in the morning (UTC), which is noon in Moscow.
AT_NOON = QuietHours.model_validate(
    {
        "zone": "Europe/Moscow",
        "week": {"mon-sun": "11:00-13:30"},
        "urgent": ["link"],
    }
)
SOON = Unsent("busy", final=False)


async def test_what_waits_goes_out_as_one_message(telling: Telling) -> None:
    telling.tell("one", "two")
    async with telling.running():
        await telling.sender.until(1)
    [message] = telling.sender.sent
    assert ("text of one" in message.text, "text of two" in message.text) == (True, True)


@pytest.mark.proves("S0-30")
async def test_more_than_so_many_an_hour_are_summarised() -> None:
    telling = Telling(most_per_hour=2)
    async with telling.running():
        for number in range(2):
            telling.tell(str(number))
            await telling.sender.until(number + 1)
        telling.tell("a", "b", "c")
        await telling.clock.waits.acquire()
        assert len(telling.sender.sent) == 2
        telling.clock.move(timedelta(hours=1))
        await telling.sender.until(3)
    assert telling.sender.sent[-1].title == "3 messages of asterisk-bridge: c"


async def test_a_channel_that_fails_is_tried_again_when_it_asked_for_it(telling: Telling) -> None:
    telling.fail(Unsent("flood", final=False, retry_after=35), SOON)
    telling.tell("one")
    async with telling.running():
        await telling.clock.waits.acquire()
        telling.clock.move(timedelta(seconds=34))
        assert telling.sender.sent == []
        telling.clock.move(timedelta(seconds=1))
        await telling.clock.waits.acquire()
        telling.clock.move(timedelta(seconds=10))
        await telling.sender.until(1)
    assert telling.counted.times == {"alerts mail failed": 2, "alerts mail sent": 1}


async def test_what_is_being_sent_is_not_taken_up_a_second_time(
    store: Store, clock: StillClock
) -> None:
    """A daemon that had to let go of the watch, and has it again, while a server was away."""
    telling = Telling(kept=store, clock=clock)
    message = Message(id="one", title="one", text="text of one")
    await store.keep_incidents([], lambda kept: [Unsaid("mail", message, clock.now())])
    telling.fail(SOON)
    async with telling.running():
        await telling.teller.take_up()
        await clock.waits.acquire()  # for the next try
        await telling.teller.take_up()
        clock.move(timedelta(minutes=1))
        await telling.sender.until(1)
        await until_said(store)
    assert [sent.title for sent in telling.sender.sent] == ["one"]


async def test_what_can_never_be_sent_is_dropped_and_does_not_hold_up_the_next(
    telling: Telling,
) -> None:
    telling.fail(Unsent("no such chat", final=True))
    async with telling.running():
        telling.tell("one")
        await telling.sender.failed.wait()
        telling.tell("two")
        await telling.sender.until(1)
    assert [message.title for message in telling.sender.sent] == ["two"]


async def test_too_much_drops_the_oldest(telling: Telling) -> None:
    telling.tell(*map(str, range(103)))
    assert telling.counted.times["alerts mail dropped"] == 3


@pytest.mark.proves("S0-30")
async def test_what_comes_in_quiet_hours_is_told_in_one_message_when_they_end() -> None:
    telling = Telling(quiet=AT_NOON)
    async with telling.running():
        telling.tell("one", "two", kind=TroubleKind.FAILING)
        await telling.clock.waits.acquire()
        telling.clock.move(timedelta(minutes=89))
        telling.tell("three", kind=TroubleKind.PARKED)
        await telling.clock.waits.acquire()
        assert telling.sender.sent == []
        telling.clock.move(timedelta(minutes=1))
        await telling.sender.until(1)
    assert telling.sender.sent[0].title == "3 messages of asterisk-bridge: three"


async def test_what_is_urgent_disturbs_and_the_rest_goes_on_waiting() -> None:
    telling = Telling(quiet=AT_NOON)
    async with telling.running():
        telling.tell("can wait", kind=TroubleKind.FAILING)
        await telling.clock.waits.acquire()
        telling.tell("urgent", kind=TroubleKind.LINK)
        await telling.sender.until(1)
        telling.clock.move(timedelta(minutes=90))
        await telling.sender.until(2)
    assert [message.title for message in telling.sender.sent] == ["urgent", "can wait"]


async def test_after_quiet_hours_everything_is_told_at_once() -> None:
    telling = Telling(quiet=AT_NOON)
    telling.clock.move(timedelta(minutes=90))
    async with telling.running():
        telling.tell("one", kind=TroubleKind.FAILING)
        await telling.sender.until(1)
