"""What the account lacks is named at the start, with what stops working."""

from __future__ import annotations

import pytest

from bridge.crm.amocrm import AmoCrm
from bridge.crm.amocrm.probe import CAPABILITIES
from bridge.domain.ports import Capability
from tests.crm.amocrm.conftest import Connect
from tests.portals.amocrm import Portal

NOWHERE = 424242


async def test_an_account_with_everything_lacks_nothing(crm: AmoCrm) -> None:
    found = await crm.probe()
    assert (dict(found.missing), found.capabilities) == ({}, CAPABILITIES)


@pytest.mark.parametrize("kind", ["contact", "company", "lead"])
async def test_a_field_that_the_account_does_not_have_is_named(connect: Connect, kind: str) -> None:
    missing = (await connect(fields={kind: {"did": NOWHERE}}).probe()).missing
    assert "no such field" in missing[f"fields.{kind}.did ({NOWHERE})"]


async def test_a_field_of_another_kind_is_none_of_this_one(
    connect: Connect, portal: Portal
) -> None:
    of_leads = portal.add_field("leads", "mark")
    missing = (await connect(fields={"contact": {"key": of_leads}}).probe()).missing
    assert "no such field" in missing[f"fields.contact.key ({of_leads})"]


async def test_a_field_that_cannot_hold_a_mark_is_named(connect: Connect, portal: Portal) -> None:
    box = portal.add_field("leads", "mark", "checkbox")
    missing = (await connect(fields={"lead": {"key": box}}).probe()).missing
    assert "make one of text" in missing[f"fields.lead.key ({box})"]


async def test_without_a_field_for_marks_lost_answers_wait_for_a_person(connect: Connect) -> None:
    found = await connect(fields={}).probe()
    named = "fields.contact.key, fields.company.key, fields.lead.key"
    assert (Capability.FIND in found.capabilities, named in found.missing) == (False, True)


async def test_an_account_without_filters_has_no_index(connect: Connect, portal: Portal) -> None:
    portal.state.filters = False
    found = await connect().probe()
    assert (Capability.INDEX in found.capabilities, "filters of lists" in found.missing) == (
        False,
        True,
    )
