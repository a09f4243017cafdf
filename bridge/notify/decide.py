"""What to tell of which incident: a pure decision of the incidents, the troubles and the time.

An incident brews until its trouble has lasted for the patience of its kind, is open until the
trouble is away for `steady`, and is told when it opens, as a reminder, and when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bridge.domain.troubles import Incident, IncidentState, Trouble, TroubleKind


class Move(StrEnum):
    RIPEN = "ripen"  # it has lasted longer than the patience for it
    REMIND = "remind"  # still open, and nobody said that they know
    ACKNOWLEDGE = "acknowledge"  # a person knows
    MEND = "mend"  # the trouble is away and stays away


class Said(StrEnum):
    OPENED = "opened"
    STILL = "still"
    RECOVERED = "recovered"


S, M = IncidentState, Move

# (state, move) → the state after it, and what people hear. Nothing else happens to an incident.
MOVES: Final[Mapping[tuple[IncidentState, Move], tuple[IncidentState, Said | None]]] = {
    (S.BREWING, M.RIPEN): (S.OPEN, Said.OPENED),
    (S.BREWING, M.MEND): (S.CLOSED, None),
    (S.OPEN, M.REMIND): (S.OPEN, Said.STILL),
    (S.OPEN, M.ACKNOWLEDGE): (S.ACKNOWLEDGED, None),
    (S.OPEN, M.MEND): (S.CLOSED, Said.RECOVERED),
    (S.ACKNOWLEDGED, M.ACKNOWLEDGE): (S.ACKNOWLEDGED, None),
    (S.ACKNOWLEDGED, M.MEND): (S.CLOSED, Said.RECOVERED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a trouble may last before it is told; `steady`: how long it must be away to be
    over; `remind_after`: after the last word, None never."""

    after: Mapping[TroubleKind, timedelta]
    steady: timedelta
    remind_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Notice:
    said: Said
    incident: Incident


@dataclass(frozen=True, slots=True)
class Decided:
    """`incidents`: those that changed, to be stored; `notices`: what to tell, in order."""

    incidents: tuple[Incident, ...]
    notices: tuple[Notice, ...]


def decide(
    incidents: Iterable[Incident],
    troubles: Sequence[Trouble],
    known: frozenset[TroubleKind],
    now: datetime,
    patience: Patience,
) -> Decided:
    """`incidents` are those not closed; `known` the kinds that could be looked at. An incident of
    a kind that could not be looked at stays as it is."""
    signs = {(trouble.subject, trouble.kind): trouble for trouble in troubles}
    before = {incident.key: incident for incident in incidents}
    fresh = [Incident(id=0, trouble=signs[key]) for key in signs if key not in before]
    changed, notices = [], []
    for incident in (*before.values(), *fresh):
        sign = signs.get(incident.key)
        blind = sign is None and incident.trouble.kind not in known
        after, said = _judged(_seen(incident, sign, blind, now), blind, now, patience)
        if after != incident or not incident.id:
            changed.append(after)
        if said:
            notices.append(Notice(said, after))
    return Decided(tuple(changed), tuple(notices))


def moved(incident: Incident, move: Move, now: datetime) -> tuple[Incident, Said | None]:
    """The incident after the move. Raises KeyError where the table has none."""
    state, said = MOVES[incident.state, move]
    told_at = now if said else incident.told_at
    closed_at = now if state is S.CLOSED else None
    return replace(incident, state=state, told_at=told_at, closed_at=closed_at), said


def _seen(incident: Incident, sign: Trouble | None, blind: bool, now: datetime) -> Incident:
    """With the newest words for it, but its own beginning."""
    if sign is not None:
        since = min(sign.since, incident.trouble.since)
        return replace(incident, trouble=replace(sign, since=since), good_since=None)
    return incident if blind else replace(incident, good_since=incident.good_since or now)


def _judged(
    incident: Incident, blind: bool, now: datetime, patience: Patience
) -> tuple[Incident, Said | None]:
    for move in (M.MEND, M.RIPEN, M.REMIND):
        if (incident.state, move) in MOVES and _due(move, incident, blind, now, patience):
            return moved(incident, move, now)
    return incident, None


def _due(move: Move, incident: Incident, blind: bool, now: datetime, patience: Patience) -> bool:
    good = incident.good_since
    if move is M.MEND:
        return good is not None and not blind and now - good >= patience.steady
    if good is not None:
        return False
    if move is M.RIPEN:
        return now - incident.trouble.since >= patience.after[incident.trouble.kind]
    told, every = incident.told_at, patience.remind_after
    return every is not None and told is not None and now - told >= every
