"""Leads: what a call of a stranger leaves in the CRM."""

from __future__ import annotations

import pytest

from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Crm, Search
from tests.crm.contract import made
from tests.crm.contract.harness import Harness

NEEDS = Capability.LEADS


@pytest.mark.proves("S1-06", "S1-07", "S1-08")
async def test_a_lead_carries_the_number_that_called_and_the_number_that_was_dialled(
    harness: Harness, crm: Crm
) -> None:
    id = made.made(await crm.create_lead(made.lead(owner=harness.anna), made.key()))
    (found,) = await crm.find_leads(Search(phone=made.STRANGER))
    assert (found.id, found.phones, found.fields["did"], found.owner) == (
        id,
        (made.STRANGER,),
        made.DID,
        harness.anna,
    )


@pytest.mark.proves("S1-16", "S1-17")
async def test_a_lead_of_a_known_client_carries_the_contact_and_the_repeat_flag(crm: Crm) -> None:
    client = await made.contact(crm)
    repeat = made.lead(phone=made.CLIENT, contact=client, repeat=True)
    id = made.made(await crm.create_lead(repeat, made.key()))
    (found,) = await crm.find_leads(Search(id=id))
    assert (found.contact, found.repeat) == (client, True)


async def test_a_lead_of_a_hidden_number_has_no_phone(crm: Crm) -> None:
    id = made.made(await crm.create_lead(made.lead(phone=None), made.key()))
    (found,) = await crm.find_leads(Search(id=id))
    assert found.phones == ()


async def test_a_closed_lead_is_not_among_the_open_ones(crm: Crm) -> None:
    id = made.made(await crm.create_lead(made.lead(), made.key()))
    made.made(await crm.update_lead(id, {"closed": "true"}))
    assert await crm.find_leads(Search(phone=made.STRANGER, open_only=True)) == []


async def test_a_field_that_leads_do_not_have_is_refused(crm: Crm) -> None:
    id = made.made(await crm.create_lead(made.lead(), made.key()))
    assert (await crm.update_lead(id, {"titel": "x"})).verdict is Verdict.REFUSED


async def test_a_lead_for_an_owner_who_is_not_there_is_refused(crm: Crm) -> None:
    outcome = await crm.create_lead(made.lead(owner="nobody"), made.key())
    assert outcome.verdict is Verdict.REFUSED
