"""Contacts: found by what people know of them, made once, changed field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import finding, same
from bridge.crm.suite.made import NOWHERE
from bridge.crm.suite.stand import Stand, id_of
from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, CrmRefused, Search

CONTACTS: Final = Capability.CONTACTS

Asked = Callable[[Stand], Search]

WAYS: Final[dict[str, Asked]] = {
    "phone": lambda s: Search(phone=s.client),
    "phone as it is dialled": lambda s: Search(phone=s.as_dialled(s.client)),
    "a part of the name": lambda s: Search(name=f"елкин{s.mark}"),
    "e-mail": lambda s: Search(email=f"Ivan{s.mark}@Example.org"),
    "phone and name": lambda s: Search(phone=s.client, name=f"Ёлкин{s.mark}"),
}


@checks.check("find_contacts", CONTACTS, cases=WAYS)
@checks.proves("S3-05")
async def a_contact_is_found_by(stand: Stand, asked: Asked) -> None:
    id = await stand.contact(email=f"ivan{stand.mark}@example.org")
    await stand.contact(name=f"Пётр{stand.mark}", phone=stand.stranger)
    same([each.id for each in await stand.crm.find_contacts(asked(stand))], [id])


@checks.check("find_contacts", CONTACTS)
@checks.proves("S3-05")
async def a_contact_that_is_not_there_is_not_found(stand: Stand) -> None:
    await stand.contact()
    same(await stand.crm.find_contacts(Search(phone=stand.stranger)), [])


@checks.check("find_contacts", CONTACTS)
@checks.proves("S3-05")
async def several_contacts_of_one_number_are_all_found(stand: Stand) -> None:
    ids = {await stand.contact(name=f"{name}{stand.mark}") for name in ("Иван", "Мария")}
    found = await stand.crm.find_contacts(Search(phone=stand.client))
    same({each.id for each in found}, ids)


@checks.check("find_contacts", CONTACTS)
async def a_question_that_contacts_cannot_answer_is_refused_not_ignored(stand: Stand) -> None:
    await stand.contact()
    try:
        await stand.crm.find_contacts(Search(inn=stand.inn))
    except CrmRefused as error:
        same("inn" in str(error), True, "naming `inn` in the refusal")
    else:
        finding("contacts were searched by INN, which they do not have")


@checks.check("create_contact", CONTACTS, Capability.COMPANIES)
@checks.proves("S3-06", "S0-13")
async def a_contact_is_made_with_its_phones_emails_owner_and_company(stand: Stand) -> None:
    firm = await stand.company()
    phones = {stand.client, stand.stranger}
    given = {"phone": ", ".join(sorted(phones)), "email": "a@b.ru", "owner": stand.anna}
    id = await stand.contact(**given, company=firm)
    (found,) = await stand.crm.find_contacts(Search(id=id))
    same(
        (set(found.phones), found.emails, found.owner, found.company),
        (phones, ("a@b.ru",), stand.anna, firm),
    )


@checks.check("update_contact", CONTACTS)
@checks.proves("S3-07", "S3-22")
async def only_the_named_fields_change(stand: Stand) -> None:
    id = await stand.contact(email="a@b.ru")
    name = f"Иван Сосны{stand.mark}"
    id_of(await stand.crm.update_contact(id, {"name": name, "owner": stand.boris}))
    (found,) = await stand.crm.find_contacts(Search(id=id))
    same(
        (found.name, found.owner, found.phones, found.emails),
        (name, stand.boris, (stand.client,), ("a@b.ru",)),
    )


@checks.check(
    "update_contact",
    CONTACTS,
    cases={"nmae": {"nmae": "x"}, "stage": {"stage": "won"}, "id": {"id": "5"}},
)
@checks.proves("S3-07")
async def a_field_that_contacts_do_not_have_is_refused_by_name(
    stand: Stand, fields: dict[str, str]
) -> None:
    outcome = await stand.crm.update_contact(await stand.contact(), fields)
    same((outcome.verdict, next(iter(fields)) in outcome.detail), (Verdict.REFUSED, True))


@checks.check("update_contact", CONTACTS)
async def a_contact_that_is_not_there_cannot_be_changed(stand: Stand) -> None:
    same((await stand.crm.update_contact(NOWHERE, {"name": "x"})).verdict, Verdict.REFUSED)


KNOWN: Final[dict[str, Callable[[Stand, str], Search]]] = {
    "id": lambda _, id: Search(id=id),
    "phone": lambda s, _: Search(phone=s.client),
    "email": lambda s, _: Search(email=f"a{s.mark}@b.ru"),
}


@checks.check("contact_deals", CONTACTS, Capability.DEALS, cases=KNOWN)
@checks.proves("S3-08", "S3-29", "S1-13")
async def the_deals_of_a_contact_are_found_by(
    stand: Stand, asked: Callable[[Stand, str], Search]
) -> None:
    id = await stand.contact(email=f"a{stand.mark}@b.ru")
    await stand.deal()
    mine = await stand.deal(contact=id)
    same([each.id for each in await stand.crm.contact_deals(asked(stand, id))], [mine])


@checks.check("contact_deals", CONTACTS, Capability.DEALS)
@checks.proves("S1-13")
async def only_open_deals_when_only_they_are_asked_for(stand: Stand) -> None:
    id = await stand.contact()
    open_one = await stand.deal(contact=id)
    await stand.deal(contact=id, stage=stand.lost_stage)
    deals = await stand.crm.contact_deals(Search(id=id, open_only=True))
    same([each.id for each in deals], [open_one])
