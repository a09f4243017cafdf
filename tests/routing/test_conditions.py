"""Conditions on the CRM's fields."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.routing.conditions import Condition, known_field, values_of
from bridge.routing.presence import Presence, presence
from tests.routing.office import contact, deal

CLIENT = (contact(open_deals=(deal("anna", stage="NEW"),), fields={"SEGMENT": "Gold, old"}),)


@pytest.mark.proves("S2-14")
@pytest.mark.parametrize(
    ("field", "said", "holds"),
    [
        ("deal.stage", "new", True),
        ("deal.stage", {"equals": "WON"}, False),
        ("deal.stage", {"not_equals": "WON"}, True),
        ("deal.stage", {"in": ["WON", "NEW"]}, True),
        ("contact.SEGMENT", {"contains": "gold"}, True),
        ("contact.SEGMENT", {"filled": True}, True),
        ("company.SEGMENT", {"filled": True}, False),
        ("lead.title", {"not_equals": "x"}, True),
        ("contact.owner", "anna", True),
    ],
)
def test_holds(field: str, said: Any, holds: bool) -> None:
    assert Condition.model_validate(said).holds(values_of(field, CLIENT)) is holds


@pytest.mark.parametrize("said", [{}, {"equals": "a", "contains": "b"}, {"like": "a"}, {"in": []}])
def test_one_operator_and_no_other(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(said)


@pytest.mark.parametrize("field", ["stage", "deal.", "invoice.sum"])
def test_a_field_names_its_entity(field: str) -> None:
    with pytest.raises(ValueError, match=r"deal\.stage"):
        known_field(field)


@pytest.mark.parametrize(
    ("state", "means"),
    [
        ("NOT_INUSE", Presence.FREE),
        ("Not in use", Presence.UNKNOWN),
        ("RINGINUSE", Presence.IN_USE),
        ("unavailable", Presence.UNREACHABLE),
        ("something new", Presence.UNKNOWN),
    ],
)
def test_a_device_state_means(state: str, means: Presence) -> None:
    assert presence(state) is means
