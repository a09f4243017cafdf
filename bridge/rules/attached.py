"""What both known schemes share: the call goes to the entity that stores the number."""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.domain.entities import EntityRef
from bridge.rules.case import Case, named
from bridge.rules.commands import log_call
from bridge.rules.entity import Winner
from bridge.rules.responsible import assigned


def attached(case: Case, found: Winner, why: str, *also: EntityRef) -> tuple[Planned, ...]:
    """The call in the list, on the winner and on each of `also` once."""
    entities = dict.fromkeys((found.match.entity, *also))
    reason = f"{named(found.match.entity)} stores this number.{why}"
    who = assigned(case, found.match.owner)
    return (log_call(case, who, reason, *entities, notes=found.notes),)
