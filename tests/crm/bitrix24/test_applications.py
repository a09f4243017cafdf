"""Applications of the contact centre end to end: one form sets off what applies, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.domain.application import Application, Organisation, Person, Wish
from tests.crm.bitrix24.office import CLIENT, Office
from tests.portals.bitrix24.portal import Portal

FORM = Application(
    id="42",
    source="site",
    received_at=datetime(2026, 9, 21, tzinfo=UTC),
    topic="subsidies",
    person=Person(name="Иван Ёлкин", phone=CLIENT, fields={"comment": "перезвонить"}),
    company=Organisation(name="ООО Ромашка", inn="7707083893"),
    deal=Wish(title="Субсидия"),
)


async def apply(office: Office, *forms: Application) -> None:
    for form in forms:
        await office.store.apply(form, ["crm"], now=office.clock.now())
        await office.deliver()


@pytest.mark.proves("S3-04", "S3-21", "S3-22", "S3-27", "S3-31", "S3-32", "S3-33", "S3-35")
async def test_a_form_makes_contact_company_and_a_deal_in_the_pipeline_of_its_topic(
    office: Office, portal: Portal
) -> None:
    portal.add_pipeline("Sales")
    grants = portal.add_pipeline("Grants")
    await apply(office, FORM)
    ((company, _),) = portal.companies.items()
    ((contact, person),) = portal.contacts.items()
    (deal,) = portal.deals.values()
    assert (person["COMPANY_ID"], deal["CONTACT_ID"], deal["COMPANY_ID"], deal["CATEGORY_ID"]) == (
        company,
        contact,
        company,
        grants,
    )


@pytest.mark.proves("S3-22", "S3-27", "S3-31")
async def test_a_second_form_changes_what_the_first_one_made(
    office: Office, portal: Portal
) -> None:
    person = replace(FORM.person, name="Иван Сосны")
    again = replace(FORM, id="43", topic=None, person=person, deal=Wish(title="Субсидия, лист 2"))
    await apply(office, replace(FORM, topic=None), again)
    (contact,), (deal,) = portal.contacts.values(), portal.deals.values()
    assert (contact["LAST_NAME"], deal["TITLE"], len(portal.companies)) == (
        "Сосны",
        "Субсидия, лист 2",
        1,
    )


@pytest.mark.proves("S3-34", "S3-36")
async def test_afterwards_one_sees_what_was_changed_in_the_portal_from_what_and_why(
    office: Office, portal: Portal
) -> None:
    again = replace(FORM, id="43", topic=None, person=replace(FORM.person, name="Иван Сосны"))
    await apply(office, replace(FORM, topic=None), again)
    (entry,) = await office.store.deliveries(call_id=again.about)
    shown = await office.store.delivery(entry.id)
    assert shown is not None
    (contact,) = portal.contacts
    changed = next(one for one in shown.writes if one.planned.to_json()["command"]["before"])
    command = changed.planned.to_json()["command"]
    assert (changed.result, command["before"]) == (str(contact), {"name": "Иван Ёлкин"})
    assert "application 43 (site)" in changed.planned.why


@pytest.mark.proves("S3-21")
@pytest.mark.parametrize("method", ["crm.contact.add", "crm.company.add", "crm.deal.add"])
async def test_a_lost_answer_makes_nothing_of_a_form_twice(
    office: Office, portal: Portal, method: str
) -> None:
    fault = portal.fault("cut", method, applied=True)
    await apply(office, replace(FORM, topic=None))
    made = (len(portal.contacts), len(portal.companies), len(portal.deals), fault.struck)
    assert made == (1, 1, 1, 1)
