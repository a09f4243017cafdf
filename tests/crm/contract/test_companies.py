"""Companies: found by name, phone, INN or a requisite, and always together with their deals."""

from __future__ import annotations

import pytest

from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Crm, Search
from tests.crm.contract import made
from tests.crm.contract.harness import Harness

NEEDS = Capability.COMPANIES


@pytest.mark.proves("S3-09")
@pytest.mark.parametrize(
    "query",
    [
        pytest.param(Search(name="ромашка"), marks=pytest.mark.proves("S3-23")),
        pytest.param(Search(phone="8 495 100 00 01"), marks=pytest.mark.proves("S3-24")),
        pytest.param(Search(inn="7707083893"), marks=pytest.mark.proves("S3-25")),
        pytest.param(Search(requisite="770701001"), marks=pytest.mark.proves("S3-26")),
    ],
    ids=["name", "phone", "inn", "requisite"],
)
async def test_a_company_is_found(crm: Crm, query: Search) -> None:
    id = await made.company(crm, kpp="770701001")
    await made.company(crm, name="АО Другая", phone=made.STRANGER, inn="5001000000")
    assert [each.id for each in await crm.find_companies(query)] == [id]


@pytest.mark.proves("S3-09")
async def test_a_company_that_is_not_there_is_not_found(crm: Crm) -> None:
    await made.company(crm)
    assert await crm.find_companies(Search(inn="5001000000")) == []


@pytest.mark.proves("S3-28")
async def test_a_company_comes_with_its_deals(harness: Harness, crm: Crm) -> None:
    id = await made.company(crm)
    deals = {await made.deal(crm, harness.pipeline, company=id) for _ in range(2)}
    (found,) = await crm.find_companies(Search(id=id))
    assert {each.id for each in found.deals} == deals


@pytest.mark.proves("S3-10", "S3-27")
async def test_a_company_is_made_with_its_requisites(harness: Harness, crm: Crm) -> None:
    id = await made.company(crm, kpp="770701001", owner=harness.anna)
    (found,) = await crm.find_companies(Search(id=id))
    assert (found.name, found.inn, found.requisites["kpp"], found.owner) == (
        "ООО Ромашка",
        "7707083893",
        "770701001",
        harness.anna,
    )


@pytest.mark.proves("S3-11", "S3-27")
async def test_a_company_changes_in_the_named_fields(crm: Crm) -> None:
    id = await made.company(crm, kpp="1")
    made.made(await crm.update_company(id, {"kpp": "770701001", "phone": made.STRANGER}))
    (found,) = await crm.find_companies(Search(id=id))
    assert (found.name, found.requisites["kpp"], found.phones) == (
        "ООО Ромашка",
        "770701001",
        (made.STRANGER,),
    )


@pytest.mark.proves("S3-11")
async def test_a_field_that_companies_do_not_have_is_refused(crm: Crm) -> None:
    outcome = await crm.update_company(await made.company(crm), {"inm": "1"})
    assert (outcome.verdict, "inm" in outcome.detail) == (Verdict.REFUSED, True)


@pytest.mark.proves("S3-12", "S3-30")
@pytest.mark.parametrize("known", ["id", "name", "inn"])
async def test_the_deals_of_a_company_are_found(harness: Harness, crm: Crm, known: str) -> None:
    id = await made.company(crm)
    await made.deal(crm, harness.pipeline)
    mine = await made.deal(crm, harness.pipeline, company=id)
    query = {"id": Search(id=id), "name": Search(name="Ромашка"), "inn": Search(inn="7707083893")}
    assert [each.id for each in await crm.company_deals(query[known])] == [mine]
