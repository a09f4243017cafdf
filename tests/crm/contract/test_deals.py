"""Deals: in a pipeline of the CRM, in a stage of it, with the people who work on them."""

from __future__ import annotations

import pytest

from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Crm, CrmRefused, Search
from tests.crm.contract import made
from tests.crm.contract.harness import Harness

NEEDS = Capability.DEALS


@pytest.mark.proves("S3-13")
async def test_deals_are_found_by_title_stage_and_whether_they_are_open(
    harness: Harness, crm: Crm
) -> None:
    id = await made.deal(crm, harness.pipeline, title="Принтер 3D")
    await made.deal(crm, harness.pipeline, title="Принтер 3D", stage=harness.lost_stage)
    found = await crm.find_deals(Search(name="принтер", stage=harness.first_stage, open_only=True))
    assert [each.id for each in found] == [id]


@pytest.mark.proves("S3-14", "S3-32")
async def test_a_deal_is_made_in_the_first_stage_of_the_pipeline(
    harness: Harness, crm: Crm
) -> None:
    client = await made.contact(crm)
    id = await made.deal(crm, harness.pipeline, contact=client, owner=harness.anna)
    (found,) = await crm.find_deals(Search(id=id))
    assert (found.pipeline, found.stage, found.closed, found.contact, found.owner) == (
        harness.pipeline,
        harness.first_stage,
        False,
        client,
        harness.anna,
    )


@pytest.mark.proves("S3-32")
async def test_a_deal_without_a_pipeline_of_the_crm_is_refused(crm: Crm) -> None:
    outcome = await crm.create_deal({"title": "x"}, "no such pipeline", made.key())
    assert outcome.verdict is Verdict.REFUSED


@pytest.mark.proves("S3-32")
async def test_a_deal_of_no_pipeline_in_particular_begins_in_the_first(
    harness: Harness, crm: Crm
) -> None:
    id = await made.deal(crm, "")
    (found,) = await crm.find_deals(Search(id=id))
    assert (found.pipeline, found.stage) == (harness.pipeline, harness.first_stage)


@pytest.mark.proves("S3-15", "S3-31")
async def test_a_deal_that_reaches_a_last_stage_is_closed(harness: Harness, crm: Crm) -> None:
    id = await made.deal(crm, harness.pipeline)
    made.made(await crm.update_deal(id, {"stage": harness.lost_stage}))
    (found,) = await crm.find_deals(Search(id=id))
    assert (found.stage, found.closed, found.title) == (harness.lost_stage, True, "Принтер")


@pytest.mark.proves("S3-15")
@pytest.mark.parametrize("fields", [{"stege": "x"}, {"stage": "no such stage"}])
async def test_a_wrong_field_or_stage_is_refused_and_changes_nothing(
    harness: Harness, crm: Crm, fields: dict[str, str]
) -> None:
    id = await made.deal(crm, harness.pipeline)
    outcome = await crm.update_deal(id, {"title": "Changed", **fields})
    (found,) = await crm.find_deals(Search(id=id))
    assert (outcome.verdict, found.title) == (Verdict.REFUSED, "Принтер")


@pytest.mark.proves("S3-16", "S3-37")
async def test_the_users_of_a_deal_are_its_owner_and_those_who_help(
    harness: Harness, crm: Crm
) -> None:
    id = await made.deal(crm, harness.pipeline, owner=harness.boris, users=harness.anna)
    assert [each.id for each in await crm.deal_users(id)] == [harness.boris, harness.anna]


@pytest.mark.proves("S3-16")
async def test_the_users_of_a_deal_that_is_not_there_are_refused(crm: Crm) -> None:
    with pytest.raises(CrmRefused):
        await crm.deal_users("424242")


@pytest.mark.proves("S3-20")
async def test_the_dictionaries_name_each_pipeline_and_its_stages(
    harness: Harness, crm: Crm
) -> None:
    lists = await crm.dictionaries()
    assert {harness.first_stage, harness.lost_stage} <= lists.stages[harness.pipeline].keys()
