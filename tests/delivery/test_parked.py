"""What the CRM will never take waits for a person, who reads what to do; all the rest goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from bridge.outbox.states import EntryState
from tests.delivery.calls import BEGUN, PLAIN, sound
from tests.delivery.judge import complaints
from tests.delivery.stand import Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The trouble, what is missing meanwhile, what a person reads, and what the person does."""

    trouble: Callable[[Stand], object]
    missing: tuple[str, ...]
    reads: tuple[str, ...]
    mends: Callable[[Stand], object] = lambda at: at.portal.faults.lift()


OTHERS: Final = tuple(f"call {number}" for number in BEGUN)


def _unreadable(at: Stand) -> None:
    (at.folder / "0-0.mp3").unlink()


def _readable(at: Stand) -> None:
    (at.folder / "0-0.mp3").write_bytes(sound(0))


ROWS: Final = {
    "the user who authorised may not make leads": Row(
        trouble=lambda at: at.portal.fault("denied", "crm.lead.add", times=None),
        missing=("call 0", "call 2", "call 3"),
        reads=("more rights in the portal", "deliveries retry"),
    ),
    "a recording is gone from the disk": Row(
        trouble=_unreadable,
        missing=("recording 0",),
        reads=("0-0.mp3 cannot be read", "deliveries retry"),
        mends=_readable,
    ),
}


@pytest.mark.proves("S4-11")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_person_reads_what_to_do_and_it_is_enough(at: Stand, row: Row) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        await at.store_calls(*PLAIN)
        row.trouble(at)
        at.lane.wake()
        await at.pass_time()
        told = await at.parked()
        assert (complaints(at.portal, (*OTHERS, *row.missing)), told != []) == ([], True)
        assert [words for words in told if not all(each in words for each in row.reads)] == []

        row.mends(at)
        await retry_all(at)
        await at.pass_time()
        assert (complaints(at.portal, OTHERS), await at.parked()) == ([], [])


@pytest.mark.proves("S4-11")
async def test_after_a_week_without_the_crm_a_person_says_when_to_go_on(at: Stand) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        await at.portal.go_down()
        await at.call(*PLAIN)
        await at.pass_time(timedelta(days=7), stride=timedelta(hours=6))
        told = await at.parked()
        assert [words for words in told if "See that it works, then:" not in words] == []
        assert told != []

        await at.portal.come_up()
        await retry_all(at)
        await at.pass_time()
        assert (complaints(at.portal, OTHERS), await at.parked()) == ([], [])


async def retry_all(at: Stand) -> None:
    """As `deliveries retry` does it."""
    for entry in await at.store.deliveries((EntryState.PARKED,)):
        await at.store.retry(entry.id, now=at.time.now())
    at.lane.wake()
