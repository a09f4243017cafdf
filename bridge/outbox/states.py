"""The states of an entry and of a write, and every move between them. Nothing else may change one.

An entry is one call, or one recording of it, for one destination. A write is one command of its
plan. Strict: a move that is not in the table raises, for it is our own mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar


class EntryState(StrEnum):
    """How far an entry is."""

    HELD_BACK = "held_back"  # needs the result of a write of another entry
    WAITING = "waiting"  # to be delivered when it is due
    WORKING = "working"  # leased by a worker
    PARKED = "parked"  # a person must do something
    DONE = "done"
    DROPPED = "dropped"  # a person decided that it need not be delivered


class EntryMove(StrEnum):
    FREE = "free"  # the result it needs is there
    LEASE = "lease"
    RECLAIM = "reclaim"  # its worker died
    POSTPONE = "postpone"
    FINISH = "finish"
    PARK = "park"
    RETRY = "retry"  # a person says so
    DROP = "drop"  # a person says so


class WriteState(StrEnum):
    """How far a write is, and what is known of its fate."""

    PLANNED = "planned"  # the CRM has not been asked, or said that it did nothing
    SENT = "sent"  # about to be sent or sent: only the CRM knows whether it was done
    DONE = "done"
    PARKED = "parked"  # the CRM refuses it


class WriteMove(StrEnum):
    SEND = "send"
    ACCEPT = "accept"
    UNDO = "undo"  # it certainly had no effect
    REFUSE = "refuse"
    RETRY = "retry"


class IllegalMove(Exception):
    """Our own mistake: this state knows no such move."""


ENTRY_MOVES: Final[Mapping[tuple[EntryState, EntryMove], EntryState]] = {
    (EntryState.HELD_BACK, EntryMove.FREE): EntryState.WAITING,
    (EntryState.HELD_BACK, EntryMove.DROP): EntryState.DROPPED,
    (EntryState.WAITING, EntryMove.LEASE): EntryState.WORKING,
    (EntryState.WAITING, EntryMove.RETRY): EntryState.WAITING,
    (EntryState.WAITING, EntryMove.DROP): EntryState.DROPPED,
    (EntryState.WORKING, EntryMove.RECLAIM): EntryState.WAITING,
    (EntryState.WORKING, EntryMove.POSTPONE): EntryState.WAITING,
    (EntryState.WORKING, EntryMove.FINISH): EntryState.DONE,
    (EntryState.WORKING, EntryMove.PARK): EntryState.PARKED,
    (EntryState.PARKED, EntryMove.RETRY): EntryState.WAITING,
    (EntryState.PARKED, EntryMove.DROP): EntryState.DROPPED,
    (EntryState.DROPPED, EntryMove.RETRY): EntryState.WAITING,
}

WRITE_MOVES: Final[Mapping[tuple[WriteState, WriteMove], WriteState]] = {
    (WriteState.PLANNED, WriteMove.SEND): WriteState.SENT,
    (WriteState.SENT, WriteMove.ACCEPT): WriteState.DONE,
    (WriteState.SENT, WriteMove.UNDO): WriteState.PLANNED,
    (WriteState.SENT, WriteMove.REFUSE): WriteState.PARKED,
    (WriteState.PARKED, WriteMove.RETRY): WriteState.PLANNED,
}

# Entries that a worker will still look at by itself; they hold their place in a client's order.
OPEN: Final = (EntryState.WAITING, EntryState.WORKING)
# Entries that nobody will look at again, unless a person asks for it.
OVER: Final = (EntryState.DONE, EntryState.DROPPED)

# Moves that people ask for, as they are told that one cannot be.
_TOLD: Final[Mapping[str, str]] = {
    EntryMove.RETRY: "be sent again",
    EntryMove.DROP: "be dropped",
}

State = TypeVar("State", bound=StrEnum)
Move = TypeVar("Move", bound=StrEnum)


def moved(table: Mapping[tuple[State, Move], State], state: State, move: Move) -> State:
    """The state after `move`. Raises IllegalMove where the table has none."""
    try:
        return table[state, move]
    except KeyError:
        raise IllegalMove(f"what is {state} cannot {_TOLD.get(move, move)}") from None
