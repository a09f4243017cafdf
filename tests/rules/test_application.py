"""What an application makes or changes in the CRM."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.domain.application import Application
from bridge.domain.commands import MadeEntity, Planned, ResultOf, Upsert
from bridge.domain.entities import Company, Contact, Deal, EntityKind, EntityRef
from bridge.rules.application import Found, Request, plan_application
from bridge.rules.policy import Policy

PERSON = {"name": "Anna", "phone": "+79161234567", "email": "anna@roga.example"}
COMPANY = {"name": "Roga", "inn": "7701234567"}
ANNA = Contact(id="5", name="Anna", phones=("+79161234567",), emails=("anna@roga.example",))
ROGA = Company(id="9", name="Roga i kopyta", inn="7701234567")
LATER = datetime(2026, 11, 17, tzinfo=UTC)
TOPICS = {"topics": {"subsidies": {"pipeline": "3", "stage": "C3:NEW"}, "other": {"pipeline": "0"}}}


def plan(found: Found | None = None, **said: Any) -> list[Upsert]:
    return [upsert(planned) for planned in planned(found, **said)]


def planned(found: Found | None = None, **said: Any) -> tuple[Planned, ...]:
    at = datetime(2026, 11, 18, tzinfo=UTC)
    said = {"id": "42", "source": "site", "received_at": at.isoformat(), **said}
    return plan_application(
        Request(
            application=Application.from_json(said),
            destination="crm",
            found=found or Found(),
            policy=Policy.model_validate(TOPICS),
        )
    )


def upsert(planned: Planned) -> Upsert:
    assert isinstance(planned.command, Upsert)
    return planned.command


def kinds(commands: list[Upsert]) -> list[tuple[EntityKind, str | None]]:
    return [(command.kind, command.id) for command in commands]


@pytest.mark.proves("S3-21")
@pytest.mark.parametrize(
    ("filled", "touches"),
    [
        ({}, []),
        ({"person": {"name": "nobody can be found by a name"}}, []),
        ({"person": PERSON}, ["contact"]),
        ({"company": COMPANY}, ["company"]),
        ({"person": PERSON, "deal": {"title": "Pump"}}, ["contact", "deal"]),
        (
            {"person": PERSON, "company": COMPANY, "deal": {"title": "Pump"}},
            ["company", "contact", "deal"],
        ),
    ],
)
def test_what_is_filled_in_decides_what_is_written(
    filled: dict[str, Any], touches: list[str]
) -> None:
    assert [command.kind for command in plan(**filled)] == touches


@pytest.mark.proves("S3-22")
def test_a_contact_that_is_not_there_is_made_with_what_was_said() -> None:
    assert [command.fields for command in plan(person=PERSON, user="7")] == [
        {**PERSON, "owner": "7"}
    ]


@pytest.mark.proves("S3-22", "S3-34")
def test_a_contact_that_is_there_is_changed_where_it_differs_and_what_was_is_kept() -> None:
    (change,) = plan(Found(contacts=(ANNA,)), person={**PERSON, "name": "Anna K."}, user="7")
    assert (change.id, change.fields, change.before) == (
        "5",
        {"name": "Anna K."},
        {"name": "Anna"},
    )


def test_nothing_that_is_left_empty_wipes_what_the_crm_has() -> None:
    (change,) = plan(Found(contacts=(ANNA,)), person={"phone": PERSON["phone"]})
    assert change.fields == {}


@pytest.mark.proves("S3-27")
def test_a_company_is_made_once_and_found_the_next_time() -> None:
    made, found = plan(company=COMPANY), plan(Found(companies=(ROGA,)), company=COMPANY)
    assert kinds(made + found) == [(EntityKind.COMPANY, None), (EntityKind.COMPANY, "9")]


@pytest.mark.proves("S3-31", "S3-32", "S3-33", "S3-35")
def test_a_deal_begins_in_the_pipeline_of_its_topic() -> None:
    deal = plan(person=PERSON, deal={"title": "Pump"}, topic="subsidies")[-1]
    assert (deal.pipeline, deal.fields["stage"]) == ("3", "C3:NEW")


@pytest.mark.proves("S3-33")
def test_a_topic_that_nobody_named_begins_where_others_do() -> None:
    assert plan(deal={"title": "Pump"}, topic="parrots")[-1].pipeline == "0"


@pytest.mark.proves("S3-31")
@pytest.mark.parametrize(
    ("deals", "changes"),
    [
        ((Deal(id="1", pipeline="3"),), "1"),
        ((Deal(id="1", pipeline="0"), Deal(id="2", pipeline="3")), "2"),
        ((Deal(id="1", pipeline="3", closed=True),), None),
        ((Deal(id="1", pipeline="3"), Deal(id="2", pipeline="3", changed_at=LATER)), "2"),
        ((), None),
    ],
)
def test_an_open_deal_of_the_topics_pipeline_is_changed(
    deals: tuple[Deal, ...], changes: str | None
) -> None:
    found = Found(contacts=(ANNA,), deals=deals)
    asked = plan(found, person=PERSON, deal={"title": "Pump"}, topic="subsidies")
    assert asked[-1].id == changes


@pytest.mark.proves("S3-31")
def test_a_deal_that_is_named_is_changed_even_when_it_is_closed() -> None:
    found = Found(deals=(Deal(id="8", title="Old pump", closed=True),))
    (change,) = plan(found, deal={"id": "8", "title": "Pump"})
    assert (change.id, change.fields, change.before) == (
        "8",
        {"title": "Pump"},
        {"title": "Old pump"},
    )


def test_what_is_made_belongs_together() -> None:
    company, contact, deal = planned(person=PERSON, company=COMPANY, deal={"title": "Pump"})
    theirs = MadeEntity(EntityKind.COMPANY, ResultOf(company.key))
    assert upsert(contact).company == theirs
    assert (upsert(deal).company, upsert(deal).contact) == (
        theirs,
        MadeEntity(EntityKind.CONTACT, ResultOf(contact.key)),
    )


def test_a_known_contact_keeps_its_company() -> None:
    settled = Contact(id="5", phones=("+79161234567",), company="8")
    found = Found(contacts=(settled,), companies=(ROGA,))
    contact = plan(found, person=PERSON, company=COMPANY)[1]
    assert contact.company is None


@pytest.mark.proves("S3-36")
def test_every_write_says_whose_application_it_is_and_survives_the_store() -> None:
    for one in planned(person=PERSON, company=COMPANY, deal={"title": "Pump"}):
        assert "application 42 (site)" in one.why
        assert Planned.from_json(one.to_json()) == one


def test_a_contact_that_joins_a_known_company() -> None:
    contact = plan(Found(companies=(ROGA,)), person=PERSON, company=COMPANY)[1]
    assert contact.company == EntityRef(EntityKind.COMPANY, "9")
