"""What a finished call is bound to: its activity, shown on one entity after another; pure.

Source: Bitrix24 REST documentation, `crm.activity.binding.add`.
"""

from __future__ import annotations

from typing import Final

from bridge.crm.bitrix24.answers import ALREADY_BOUND
from bridge.crm.bitrix24.client import Batch, Command
from bridge.crm.bitrix24.entities import TYPE_IDS
from bridge.domain.entities import EntityKind, EntityRef

_MAIN: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD)  # what register binds to


def bindings(activity: str, entities: tuple[EntityRef, ...]) -> dict[str, Command]:
    """Whatever `register` bound the call to comes last: it is bound already, and a batch that halts
    would end there."""
    main = main_of(entities)
    ordered = sorted(entities, key=lambda each: each == main)
    return {place_of(each): _binding(activity, each) for each in ordered}


def _binding(activity: str, entity: EntityRef) -> Command:
    asked = {
        "activityId": activity,
        "entityTypeId": TYPE_IDS[entity.kind],
        "entityId": entity.id,
    }
    return "crm.activity.binding.add", asked


def place_of(entity: EntityRef) -> str:
    """Of its binding in a batch."""
    return f"bind_{entity.kind.value}_{entity.id}"


def unbound(answer: Batch, entities: tuple[EntityRef, ...]) -> tuple[EntityRef, ...]:
    """Those that a batch which halted did not reach. Raises Trouble for what else is not bound."""
    for each in entities:
        error = answer.errors.get(place_of(each))
        if error is not None and error.code != ALREADY_BOUND:
            raise error
    seen = answer.results.keys() | answer.errors.keys()
    return tuple(each for each in entities if place_of(each) not in seen)


def main_of(entities: tuple[EntityRef, ...]) -> EntityRef | None:
    """The entity that register takes; it knows no deals."""
    return next((each for each in entities if each.kind in _MAIN), None)
