"""The judge of these tests sees what it is there to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from tests.delivery.calls import STRANGER
from tests.delivery.judge import complaints
from tests.delivery.stand import Stand
from tests.portals.bitrix24.portal import Portal


def _lose(portal: Portal) -> None:
    del portal.state.calls[portal.calls[1].call_id]


def _double(portal: Portal) -> None:
    portal.state.calls["again"] = replace(portal.calls[4], record=None)


def _leave_unfinished(portal: Portal) -> None:
    portal.calls[4].finish = None


def _mix_recordings(portal: Portal) -> None:
    portal.calls[0].record, portal.calls[1].record = portal.calls[1].record, portal.calls[0].record


def _record_twice(portal: Portal) -> None:
    portal.state.files[1] = ("again.mp3", b"")


def _make_a_lead_more(portal: Portal) -> None:
    portal.add("lead", STRANGER, TITLE="again")


def _show_elsewhere(portal: Portal) -> None:
    for activity in portal.state.activities.values():
        activity["bindings"] = list(activity["bindings"])[:1]


def _turn_about(portal: Portal) -> None:
    calls = list(reversed(portal.state.calls.items()))
    portal.state.calls.clear()
    portal.state.calls.update(calls)


MISCHIEF: Final[dict[str, Callable[[Portal], None]]] = {
    "is there 0 times": _lose,
    "is there 2 times": _double,
    "was never finished": _leave_unfinished,
    "the recording of another": _mix_recordings,
    "5 calls have recordings, 7 files came": _record_twice,
    "leads: ": _make_a_lead_more,
    "is shown on": _show_elsewhere,
    "came in the order": _turn_about,
}


@pytest.mark.proves("S0-14")
@pytest.mark.parametrize("words", MISCHIEF)
async def test_the_judge_sees_each_mischief(at: Stand, words: str) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time()
    MISCHIEF[words](at.portal)
    assert words in " ".join(complaints(at.portal))
