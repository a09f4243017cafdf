"""The tables of states: strict, and whole."""

from __future__ import annotations

import itertools

import pytest

from bridge.outbox.states import (
    ENTRY_MOVES,
    WRITE_MOVES,
    EntryMove,
    EntryState,
    IllegalMove,
    WriteMove,
    WriteState,
    moved,
)


def test_an_entry_goes_from_waiting_to_done() -> None:
    state = EntryState.WAITING
    for move in (EntryMove.LEASE, EntryMove.POSTPONE, EntryMove.LEASE, EntryMove.FINISH):
        state = moved(ENTRY_MOVES, state, move)
    assert state is EntryState.DONE


def test_a_write_whose_answer_never_came_can_only_be_settled_and_not_sent_again() -> None:
    moves = {move for state, move in WRITE_MOVES if state is WriteState.SENT}
    assert moves == {WriteMove.ACCEPT, WriteMove.UNDO, WriteMove.REFUSE}


@pytest.mark.parametrize(
    ("state", "move"),
    [pair for pair in itertools.product(EntryState, EntryMove) if pair not in ENTRY_MOVES],
)
def test_every_other_move_of_an_entry_is_our_mistake(state: EntryState, move: EntryMove) -> None:
    with pytest.raises(IllegalMove, match=f"what is {state} cannot "):
        moved(ENTRY_MOVES, state, move)


def test_what_is_done_stays_done() -> None:
    done = {state for state, _ in ENTRY_MOVES} & {EntryState.DONE}
    assert (done, {s for s, _ in WRITE_MOVES} & {WriteState.DONE}) == (set(), set())
