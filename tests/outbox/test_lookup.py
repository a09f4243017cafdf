"""Several CRMs at once: whose client is it, and which of them is only a journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.ports import Crm, CrmUnavailable
from bridge.domain.record import CallRecord
from bridge.outbox.destination import Destination, Lookup
from bridge.outbox.entries import THE_CALL, Entry
from tests.outbox.fake_crm import FakeCrm, destination
from tests.rules.office import call

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KNOWN = Match(entity=EntityRef(EntityKind.CONTACT, "7"), owner="u101")
ENTRY = cast(Entry, type("TheCall", (), {"subject": THE_CALL})())


def second(first: FakeCrm, own: FakeCrm, lookup: Lookup) -> Destination:
    """The CRM after `first` in the configuration."""
    to = destination(own, "second")
    to.lookup, to.before = lookup, (cast(Crm, first),)
    return to


async def planned(to: Destination, record: CallRecord) -> list[str]:
    plan = await to.plan(ENTRY, record, None)  # type: ignore[arg-type]
    return [item.command.command for item in plan]


@pytest.mark.proves("S0-05")
@pytest.mark.parametrize(
    ("lookup", "known_in_first", "known_here", "commands"),
    [
        (Lookup.OWN, True, False, ["create_lead", "log_call"]),
        (Lookup.ALSO, True, False, ["log_call"]),
        (Lookup.ALSO, False, False, ["create_lead", "log_call"]),
        (Lookup.ALSO, True, True, ["create_lead", "log_call"]),
        (Lookup.NEVER, False, False, ["log_call"]),
        (Lookup.NEVER, False, True, ["log_call"]),
    ],
    ids=[
        "a stranger here is one",
        "a client of the first CRM is no stranger",
        "a stranger everywhere is one",
        "a client of both is this one's by its own rules",
        "a journal makes nothing of a stranger",
        "a journal asks for nobody",
    ],
)
async def test_whose_client_calls(
    lookup: Lookup, known_in_first: bool, known_here: bool, commands: list[str]
) -> None:
    first, own = FakeCrm(), FakeCrm()
    first.matches = [KNOWN] if known_in_first else []
    own.matches = [KNOWN] if known_here else []
    assert await planned(second(first, own, lookup), call()) == commands
    assert ("lookup" in own.asked) == (lookup is not Lookup.NEVER)


async def test_a_lead_waits_for_the_crm_that_may_know_the_client() -> None:
    first, own = FakeCrm(), FakeCrm()
    first.reads.append(CrmUnavailable("503"))
    with pytest.raises(CrmUnavailable):
        await planned(second(first, own, Lookup.ALSO), call())


async def test_a_lead_of_the_first_is_no_client_for_it_may_be_of_this_very_call() -> None:
    first, own = FakeCrm(), FakeCrm()
    first.matches = [replace(KNOWN, entity=EntityRef(EntityKind.LEAD, "7"))]
    plan = await planned(second(first, own, Lookup.ALSO), call())
    assert plan == ["create_lead", "log_call"]
