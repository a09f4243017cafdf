"""Callback forms: kept until they are called or told, whatever happens to the PBX or to us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.dialout.dialout import ABREAST, Dialout
from bridge.dialout.ports import FateUnknown, NotNow
from bridge.domain.call_requests import Unfulfilled
from bridge.outbox.ports import StoreUnavailable
from bridge.storage.store import Store, open_store
from tests.dialout.conftest import NOW, Desk, begins, form, request
from tests.lab.wait import until
from tests.outbox.conftest import StillClock

A_WHILE = timedelta(minutes=2)


async def called(desk: Desk, dialout: Dialout) -> None:
    """The first order becomes the client's call, and the store knows."""
    dialout.expecting.tell(begins(await desk.until_ordered()))
    await settled(desk)


async def settled(desk: Desk) -> None:
    async def over() -> bool:
        return not await desk.store.forms(10)

    await until(over, "every form to be over")


async def test_a_form_is_worth_a_call_longer_than_a_click(desk: Desk) -> None:
    async with desk.forms() as (_, forms):
        await forms.keep(desk.asker(), form(asked_at=NOW - timedelta(minutes=29)))
        assert (await desk.until_ordered()).channel == "Local/600@in"


async def test_a_form_waits_for_the_pbx_and_is_dialled_once(desk: Desk) -> None:
    desk.live = False
    async with desk.forms() as (dialout, forms):
        await forms.keep(desk.asker(), form())
        desk.live = True
        desk.clock.move(timedelta(minutes=1))
        await called(desk, dialout)
        await forms.keep(desk.asker(), form())
        await forms.keep(desk.asker(), form(id="by the other way"))
        desk.clock.move(A_WHILE)
        assert (await desk.store.forms(10), len(desk.orders), desk.told) == ([], 1, {})


@pytest.mark.parametrize(("live", "why"), [(False, "pbx_away"), (True, "too_late")])
async def test_a_form_that_comes_to_nothing_is_told(desk: Desk, live: bool, why: str) -> None:
    desk.live = False
    async with desk.forms() as (_, forms):
        await forms.keep(desk.asker(), form())
        desk.live = live
        desk.clock.move(timedelta(minutes=31))
        assert (await desk.until_told(), desk.orders) == (Unfulfilled(why), [])


async def test_a_form_whose_link_broke_before_it_was_dialled_is_dialled_again(desk: Desk) -> None:
    desk.results += [NotNow("the link is not there"), None]
    async with desk.forms() as (dialout, forms):
        await forms.keep(desk.asker(), form())
        await desk.until_ordered()
        await desk.clock.waits.acquire()
        desk.clock.move(timedelta(seconds=2))
        dialout.expecting.tell(begins(await desk.until_ordered(2)))
        await settled(desk)
    assert (len(desk.orders), desk.told) == (2, {})


async def test_a_form_whose_fate_is_unknown_is_told_and_never_dialled_again(desk: Desk) -> None:
    desk.results.append(FateUnknown("the link was lost"))
    async with desk.forms() as (_, forms):
        await forms.keep(desk.asker(), form())
        await desk.until_ordered()
        for _ in ("the next look", "the wait for its call"):
            await desk.clock.waits.acquire()
        desk.clock.move(A_WHILE)
        assert (await desk.until_told(), len(desk.orders)) == (Unfulfilled.UNKNOWN, 1)


async def test_a_form_that_waits_when_the_daemon_stops_is_dialled_by_the_next(desk: Desk) -> None:
    desk.live = False
    async with desk.forms() as (_, forms):
        await forms.keep(desk.asker(), form())
    desk.live = True
    async with desk.forms() as (dialout, _):
        await called(desk, dialout)
    assert (len(desk.orders), desk.told) == (1, {})


async def test_whose_phone_rings_when_the_daemon_stops_is_not_dialled_again(desk: Desk) -> None:
    async with desk.forms() as (_, forms):
        await forms.keep(desk.asker(), form())
        made = await desk.until_ordered()
    async with desk.forms() as (dialout, _):
        assert dialout.expecting.tell(begins(made)) is None
        await settled(desk)
    assert (len(desk.orders), desk.told) == (1, {})


async def test_what_a_portal_does_not_hear_is_told_again(desk: Desk) -> None:
    desk.deaf, desk.live = True, False
    async with desk.forms() as (_, forms):
        await forms.keep(desk.asker(), form(asked_at=NOW - timedelta(hours=1)))
        await desk.until(lambda: desk.heard, "the first try")
    desk.deaf = False
    async with desk.forms():
        assert await desk.until_told() is Unfulfilled.PBX_AWAY
        await settled(desk)


async def test_forms_that_wait_hold_up_no_click(desk: Desk) -> None:
    desk.live = False
    async with desk.forms() as (dialout, forms):
        for n in range(ABREAST + 1):
            await forms.keep(desk.asker(), form(id=f"form{n}", number=f"8 916 000 {n:04}"))
        dialout.submit(desk.asker(), request())
        assert await desk.until_told() is Unfulfilled.PBX_AWAY


async def test_a_store_that_is_away_gets_the_form_when_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait, refusals = Store.wait, [StoreUnavailable("disk full"), StoreUnavailable("disk full")]

    async def refuses(self: Store, *args: object, **named: object) -> bool:
        if refusals:
            raise refusals.pop()
        return await wait(self, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "wait", refuses)
    async with desk.forms() as (dialout, forms):
        kept = forms.keep(desk.asker(), form())
        while not kept.done():
            await desk.clock.waits.acquire()
            desk.clock.move(timedelta(seconds=3))
        await called(desk, dialout)
    assert (refusals, len(desk.orders)) == ([], 1)


# What no database keeps as it is, and what PostgreSQL has no room for in an index.
ODD = {
    "a NUL": "+7916\x00",
    "half a surrogate pair": "+7916\ud800",
    "a novel": "".join(chr(0x4E00 + place * 7919 % 20000) for place in range(20000)),
}


@pytest.mark.parametrize("number", ODD.values(), ids=ODD)
async def test_whatever_a_stranger_writes_for_a_number_the_next_form_is_called(
    where: str, number: str
) -> None:
    async with open_store(where, daemon=True) as store:
        desk = Desk(store, StillClock())
        async with desk.forms() as (dialout, forms):
            forms.keep(desk.asker(), form(id=f"odd {number}", number=number))
            await forms.keep(desk.asker(), form())
            await called(desk, dialout)
            assert len(desk.orders) == 1


async def test_forms_of_a_destination_that_is_not_here_are_left_alone(desk: Desk) -> None:
    await desk.store.wait("another", form(), now=NOW)
    async with desk.forms() as (dialout, forms):
        await forms.keep(desk.asker(), form())
        assert dialout.expecting.tell(begins(await desk.until_ordered())) is None
    assert [each.destination for each in await desk.store.forms(10)][:1] == ["another"]
