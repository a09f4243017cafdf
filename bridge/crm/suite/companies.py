"""Companies: found by name, phone, INN or a requisite, and always together with their deals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import same
from bridge.crm.suite.stand import Stand, id_of
from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Search

COMPANIES: Final = Capability.COMPANIES
_OTHER_INN: Final = "5001000000"

Asked = Callable[[Stand], Search]

WAYS: Final[dict[str, Asked]] = {
    "name": lambda s: Search(name=f"ромашка{s.mark}"),
    "phone": lambda s: Search(phone=s.as_dialled(s.office)),
    "inn": lambda s: Search(inn=s.inn),
    "requisite": lambda s: Search(requisite=s.kpp),
}


@checks.check("find_companies", COMPANIES, cases=WAYS)
@checks.proves("S3-09", "S3-23", "S3-24", "S3-25", "S3-26")
async def a_company_is_found_by(stand: Stand, asked: Asked) -> None:
    id = await stand.company(kpp=stand.kpp)
    await stand.company(name=f"АО Другая{stand.mark}", phone=stand.stranger, inn=_OTHER_INN)
    same([each.id for each in await stand.crm.find_companies(asked(stand))], [id])


@checks.check("find_companies", COMPANIES)
@checks.proves("S3-09")
async def a_company_that_is_not_there_is_not_found(stand: Stand) -> None:
    await stand.company()
    same(await stand.crm.find_companies(Search(phone=stand.stranger)), [])


@checks.check("find_companies", COMPANIES, Capability.DEALS)
@checks.proves("S3-28")
async def a_company_comes_with_its_deals(stand: Stand) -> None:
    id = await stand.company()
    deals = {await stand.deal(company=id) for _ in range(2)}
    (found,) = await stand.crm.find_companies(Search(id=id))
    same({each.id for each in found.deals}, deals)


@checks.check("create_company", COMPANIES)
@checks.proves("S3-10", "S3-27")
async def a_company_is_made_with_its_requisites(stand: Stand) -> None:
    id = await stand.company(kpp=stand.kpp, owner=stand.anna)
    (found,) = await stand.crm.find_companies(Search(id=id))
    same(
        (found.name, found.inn, found.requisites.get("kpp"), found.owner),
        (f"ООО Ромашка{stand.mark}", stand.inn, stand.kpp, stand.anna),
    )


@checks.check("update_company", COMPANIES)
@checks.proves("S3-11", "S3-27")
async def a_company_changes_in_the_named_fields(stand: Stand) -> None:
    id = await stand.company(kpp="1")
    change = {"kpp": stand.kpp, "phone": stand.stranger}
    id_of(await stand.crm.update_company(id, change))
    (found,) = await stand.crm.find_companies(Search(id=id))
    same(
        (found.name, found.requisites.get("kpp"), found.phones),
        (f"ООО Ромашка{stand.mark}", stand.kpp, (stand.stranger,)),
    )


@checks.check("update_company", COMPANIES)
@checks.proves("S3-11")
async def a_field_that_companies_do_not_have_is_refused(stand: Stand) -> None:
    outcome = await stand.crm.update_company(await stand.company(), {"inm": "1"})
    same((outcome.verdict, "inm" in outcome.detail), (Verdict.REFUSED, True))


KNOWN: Final[dict[str, Callable[[Stand, str], Search]]] = {
    "id": lambda _, id: Search(id=id),
    "name": lambda s, _: Search(name=f"Ромашка{s.mark}"),
    "inn": lambda s, _: Search(inn=s.inn),
}


@checks.check("company_deals", COMPANIES, Capability.DEALS, cases=KNOWN)
@checks.proves("S3-12", "S3-30")
async def the_deals_of_a_company_are_found_by(
    stand: Stand, asked: Callable[[Stand, str], Search]
) -> None:
    id = await stand.company()
    await stand.deal()
    mine = await stand.deal(company=id)
    same([each.id for each in await stand.crm.company_deals(asked(stand, id))], [mine])
