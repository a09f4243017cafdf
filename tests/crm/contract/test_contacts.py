"""Contacts: found by what people know of them, made once, changed field by field."""

from __future__ import annotations

import pytest

from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Crm, CrmRefused, Search
from tests.crm.contract import made
from tests.crm.contract.harness import Harness

NEEDS = Capability.CONTACTS


@pytest.mark.proves("S3-05")
@pytest.mark.parametrize(
    "query",
    [
        Search(phone="+79161234567"),
        Search(phone="8 (916) 123-45-67"),
        Search(name="елкин"),
        Search(email="Ivan@Example.org"),
        Search(phone="+79161234567", name="Ёлкин"),
    ],
)
async def test_a_contact_is_found_by_what_is_known_of_it(crm: Crm, query: Search) -> None:
    id = await made.contact(crm, email="ivan@example.org")
    await made.contact(crm, name="Пётр", phone=made.STRANGER)
    assert [each.id for each in await crm.find_contacts(query)] == [id]


@pytest.mark.proves("S3-05")
async def test_a_contact_that_is_not_there_is_not_found(crm: Crm) -> None:
    await made.contact(crm)
    assert await crm.find_contacts(Search(phone=made.STRANGER)) == []


@pytest.mark.proves("S3-05")
async def test_several_contacts_of_one_number_are_all_found(crm: Crm) -> None:
    ids = {await made.contact(crm, name=name) for name in ("Иван", "Мария")}
    assert {each.id for each in await crm.find_contacts(Search(phone=made.CLIENT))} == ids


async def test_a_question_that_contacts_cannot_answer_is_refused_not_ignored(crm: Crm) -> None:
    await made.contact(crm)
    with pytest.raises(CrmRefused, match="inn"):
        await crm.find_contacts(Search(inn="7707083893"))


@pytest.mark.proves("S3-06", "S0-13")
async def test_a_contact_is_made_with_its_phones_emails_owner_and_company(
    harness: Harness, crm: Crm
) -> None:
    firm = await made.company(crm)
    id = await made.contact(
        crm,
        phone=f"{made.CLIENT}, {made.STRANGER}",
        email="a@b.ru",
        owner=harness.anna,
        company=firm,
    )
    (found,) = await crm.find_contacts(Search(id=id))
    assert (set(found.phones), found.emails, found.owner, found.company) == (
        {made.CLIENT, made.STRANGER},
        ("a@b.ru",),
        harness.anna,
        firm,
    )


@pytest.mark.proves("S3-07", "S3-22")
async def test_only_the_named_fields_change(harness: Harness, crm: Crm) -> None:
    id = await made.contact(crm, email="a@b.ru")
    made.made(await crm.update_contact(id, {"name": "Иван Сосны", "owner": harness.boris}))
    (found,) = await crm.find_contacts(Search(id=id))
    assert (found.name, found.owner, found.phones, found.emails) == (
        "Иван Сосны",
        harness.boris,
        (made.CLIENT,),
        ("a@b.ru",),
    )


@pytest.mark.proves("S3-07")
@pytest.mark.parametrize("fields", [{"nmae": "x"}, {"stage": "won"}, {"id": "5"}])
async def test_a_field_that_contacts_do_not_have_is_refused_by_name(
    crm: Crm, fields: dict[str, str]
) -> None:
    outcome = await crm.update_contact(await made.contact(crm), fields)
    assert (outcome.verdict, next(iter(fields)) in outcome.detail) == (Verdict.REFUSED, True)


async def test_a_contact_that_is_not_there_cannot_be_changed(crm: Crm) -> None:
    assert (await crm.update_contact("424242", {"name": "x"})).verdict is Verdict.REFUSED


@pytest.mark.proves("S3-08", "S3-29", "S1-13")
@pytest.mark.parametrize("known", ["id", "phone", "email"])
async def test_the_deals_of_a_contact_are_found(harness: Harness, crm: Crm, known: str) -> None:
    id = await made.contact(crm, email="a@b.ru")
    await made.deal(crm, harness.pipeline)
    mine = await made.deal(crm, harness.pipeline, contact=id)
    query = {
        "id": Search(id=id),
        "phone": Search(phone=made.CLIENT),
        "email": Search(email="a@b.ru"),
    }
    assert [each.id for each in await crm.contact_deals(query[known])] == [mine]


@pytest.mark.proves("S1-13")
async def test_only_open_deals_when_only_they_are_asked_for(harness: Harness, crm: Crm) -> None:
    id = await made.contact(crm)
    open_one = await made.deal(crm, harness.pipeline, contact=id)
    await made.deal(crm, harness.pipeline, contact=id, stage=harness.lost_stage)
    deals = await crm.contact_deals(Search(id=id, open_only=True))
    assert [each.id for each in deals] == [open_one]
