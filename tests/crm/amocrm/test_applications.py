"""Applications of the contact centre end to end: one form sets off what applies, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.domain.application import Application, Organisation, Person, Wish
from tests.crm.office import CLIENT, Office
from tests.portals.amocrm import Portal

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


@pytest.mark.proves("S3-21", "S3-22", "S3-27", "S3-31", "S3-32", "S3-33", "S3-35")
async def test_a_form_makes_contact_company_and_a_deal_in_the_pipeline_of_its_topic(
    office: Office, portal: Portal
) -> None:
    await apply(office, FORM)
    (company,), (contact,), (deal,) = portal.companies, portal.contacts, portal.leads
    (grants,) = [id for id, each in portal.state.pipelines.items() if each["name"] == "Grants"]
    linked = portal.state.linked
    assert (
        linked(("contacts", contact), "companies"),
        linked(("leads", deal), "contacts"),
        linked(("leads", deal), "companies"),
        portal.leads[deal]["pipeline_id"],
    ) == ([company], [contact], [company], grants)


@pytest.mark.proves("S3-22", "S3-27", "S3-31")
async def test_a_second_form_changes_what_the_first_one_made(
    office: Office, portal: Portal
) -> None:
    person = replace(FORM.person, name="Иван Сосны")
    again = replace(FORM, id="43", person=person, deal=Wish(title="Субсидия, лист 2"))
    await apply(office, FORM, again)
    (contact,), (deal,) = portal.contacts.values(), portal.leads.values()
    assert (contact["name"], deal["name"], len(portal.companies)) == (
        "Иван Сосны",
        "Субсидия, лист 2",
        1,
    )


@pytest.mark.proves("S3-21")
@pytest.mark.parametrize("request_", ["POST contacts", "POST companies", "POST leads"])
async def test_a_lost_answer_makes_nothing_of_a_form_twice(
    office: Office, portal: Portal, request_: str
) -> None:
    fault = portal.fault("cut", request_, applied=True)
    await apply(office, FORM)
    made = (len(portal.contacts), len(portal.companies), len(portal.leads), fault.struck)
    assert made == (1, 1, 1, 1)
