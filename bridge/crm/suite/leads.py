"""Leads: what a call of a stranger leaves in the CRM."""

from __future__ import annotations

from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import same
from bridge.crm.suite.made import DID, key, lead
from bridge.crm.suite.stand import Stand, id_of
from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Search

LEADS: Final = Capability.LEADS


@checks.check("create_lead", LEADS)
@checks.proves("S1-06", "S1-07", "S1-08")
async def a_lead_carries_the_number_that_called_and_the_number_that_was_dialled(
    stand: Stand,
) -> None:
    id = await stand.lead(owner=stand.anna)
    (found,) = await stand.crm.find_leads(Search(phone=stand.stranger))
    same(
        (found.id, found.phones, found.fields.get("did"), found.owner),
        (id, (stand.stranger,), DID, stand.anna),
    )


@checks.check("create_lead", LEADS, Capability.CONTACTS)
@checks.proves("S1-16", "S1-17")
async def a_lead_of_a_known_client_carries_the_contact_and_the_repeat_flag(stand: Stand) -> None:
    client = await stand.contact()
    id = await stand.lead(phone=stand.client, contact=client, repeat=True)
    (found,) = await stand.crm.find_leads(Search(id=id))
    same((found.contact, found.repeat), (client, True))


@checks.check("create_lead", LEADS)
async def a_lead_of_a_hidden_number_has_no_phone(stand: Stand) -> None:
    id = await stand.lead(phone=None)
    (found,) = await stand.crm.find_leads(Search(id=id))
    same(found.phones, ())


@checks.check("find_leads", LEADS)
async def a_closed_lead_is_not_among_the_open_ones(stand: Stand) -> None:
    id = await stand.lead()
    id_of(await stand.crm.update_lead(id, {"closed": "true"}))
    same(await stand.crm.find_leads(Search(phone=stand.stranger, open_only=True)), [])


@checks.check("update_lead", LEADS)
async def a_field_that_leads_do_not_have_is_refused(stand: Stand) -> None:
    id = await stand.lead()
    same((await stand.crm.update_lead(id, {"titel": "x"})).verdict, Verdict.REFUSED)


@checks.check("create_lead", LEADS)
async def a_lead_for_an_owner_who_is_not_there_is_refused(stand: Stand) -> None:
    made = lead(owner="nobody", phone=stand.stranger)
    same((await stand.crm.create_lead(made, key())).verdict, Verdict.REFUSED)
