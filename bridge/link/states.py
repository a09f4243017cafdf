"""The states of a link. This table owns every move; nothing else may make one.

A link connects, logs in and takes a snapshot; then it is live. Whatever goes wrong on the way or
later leads to a wait, and from there to connecting again. REFUSED is a wait too, a long one: only
a person can mend a wrong password, and metrics should show that state by its own name. CLOSED is
for good.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LinkState(StrEnum):
    WAITING = "waiting"
    CONNECTING = "connecting"
    LOGGING_IN = "logging_in"
    SNAPSHOTTING = "snapshotting"
    LIVE = "live"
    REFUSED = "refused"
    CLOSED = "closed"


_S = LinkState
MOVES: Final[dict[LinkState, frozenset[LinkState]]] = {
    _S.WAITING: frozenset({_S.CONNECTING, _S.CLOSED}),
    _S.CONNECTING: frozenset({_S.LOGGING_IN, _S.REFUSED, _S.WAITING, _S.CLOSED}),
    _S.LOGGING_IN: frozenset({_S.SNAPSHOTTING, _S.REFUSED, _S.WAITING, _S.CLOSED}),
    _S.SNAPSHOTTING: frozenset({_S.LIVE, _S.REFUSED, _S.WAITING, _S.CLOSED}),
    _S.LIVE: frozenset({_S.REFUSED, _S.WAITING, _S.CLOSED}),
    _S.REFUSED: frozenset({_S.CONNECTING, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}


class IllegalMove(Exception):
    """Ours: the link's code asked for a move that the table does not have."""


def moved(state: LinkState, to: LinkState) -> LinkState:
    """`to`, if the table allows it from `state`. Raises IllegalMove."""
    if to not in MOVES[state]:
        raise IllegalMove(f"{state} -> {to}")
    return to
