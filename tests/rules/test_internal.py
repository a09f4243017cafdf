"""Scheme 5: agents among themselves."""

from __future__ import annotations

import pytest

from bridge.domain.entities import Match
from bridge.domain.record import Client, Direction
from tests.rules.office import call, contact, planned


@pytest.mark.proves("S1-24")
@pytest.mark.parametrize("known", [(), (contact(),)])
def test_an_internal_call_asks_nothing_of_the_crm(known: tuple[Match, ...]) -> None:
    assert planned(call(Direction.INTERNAL, client=Client(raw="101")), *known) == []
