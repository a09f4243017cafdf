"""The board of calls in progress, and those who follow it."""

from __future__ import annotations

import asyncio

from bridge.domain.call_events import (
    AgentRinging,
    AgentStoppedRinging,
    CallEvent,
    CallFinished,
    CallStarted,
    TalkChanged,
)
from bridge.domain.record import Client, Direction
from bridge.web.live import LiveBoard
from tests.web.conftest import BEGAN, finished

ID = finished().call_id
STARTED = CallStarted(BEGAN, ID, Direction.INBOUND, Client(number="+79161234567"), "+74952000000")

CONVERSATION: list[CallEvent] = [
    STARTED,
    AgentRinging(BEGAN, ID, "101"),
    AgentRinging(BEGAN, ID, "102"),
    AgentStoppedRinging(BEGAN, ID, "102"),
    AgentStoppedRinging(BEGAN, ID, "101"),
    TalkChanged(BEGAN, ID, ("101",)),
]


def test_a_call_is_on_the_board_as_it_is_now() -> None:
    board = LiveBoard()
    seen = []
    for event in CONVERSATION:
        board.tell(event)
        (view,) = board.calls()
        seen.append((view.ringing, view.talking))
    assert seen == [
        ((), ()),
        (("101",), ()),
        (("101", "102"), ()),
        (("101",), ()),
        ((), ()),
        ((), ("101",)),
    ]


def test_the_last_notes_of_scripts_stand_beside_the_call() -> None:
    board = LiveBoard()
    board.tell(STARTED)
    for number in range(7):
        board.note(ID, ("101",), f"note {number}")
    board.note("nobody's", (), "lost")
    board.tell(TalkChanged(BEGAN, ID, ("101",)))
    (view,) = board.calls()
    assert view.to_json()["notes"] == [
        {"agents": ["101"], "text": f"note {number}"} for number in range(2, 7)
    ]


def test_a_finished_call_leaves_the_board() -> None:
    board = LiveBoard()
    board.tell(STARTED)
    board.tell(CallFinished(finished()))
    assert board.calls() == []


def test_calls_between_agents_are_not_shown() -> None:
    board = LiveBoard()
    board.tell(CallStarted(BEGAN, "pbx-1", Direction.INTERNAL, Client(raw="101"), None))
    assert board.calls() == []


def test_events_of_a_call_that_nobody_saw_begin_change_nothing() -> None:
    board = LiveBoard()
    for event in (*CONVERSATION[1:], CallFinished(finished())):
        board.tell(event)
    assert board.calls() == []


async def test_a_follower_hears_every_change_in_order() -> None:
    board = LiveBoard()
    with board.following() as follower:
        board.tell(STARTED)
        board.tell(CallFinished(finished()))
        board.stored(ID)
        heard = [await follower.get() for _ in range(3)]
    assert [each and each.event for each in heard] == ["call", "gone", "finished"]


async def test_a_follower_who_does_not_read_is_sent_away_and_the_others_stay() -> None:
    board = LiveBoard()
    with board.following() as asleep, board.following() as awake:
        for _ in range(1001):
            board.tell(STARTED)
            assert await awake.get() is not None
        assert await asleep.get() is None
        assert board.followers == 1


async def test_everyone_is_sent_away_when_the_daemon_goes() -> None:
    board = LiveBoard()
    with board.following() as follower:
        waiting = asyncio.ensure_future(follower.get())
        board.close()
        assert await waiting is None
