"""Deals: in a pipeline of the CRM, in a stage of it, with the people who work on them."""

from __future__ import annotations

from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import finding, same
from bridge.crm.suite.made import NOWHERE, key
from bridge.crm.suite.stand import Stand, id_of
from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, CrmRefused, Search

DEALS: Final = Capability.DEALS


@checks.check("find_deals", DEALS)
@checks.proves("S3-13")
async def deals_are_found_by_title_stage_and_whether_they_are_open(stand: Stand) -> None:
    title = f"Принтер{stand.mark} 3D"
    id = await stand.deal(title=title)
    await stand.deal(title=title, stage=stand.lost_stage)
    asked = Search(name=f"принтер{stand.mark}", stage=stand.first_stage, open_only=True)
    same([each.id for each in await stand.crm.find_deals(asked)], [id])


@checks.check("create_deal", DEALS, Capability.CONTACTS)
@checks.proves("S3-14", "S3-32")
async def a_deal_is_made_in_the_first_stage_of_the_pipeline(stand: Stand) -> None:
    client = await stand.contact()
    id = await stand.deal(contact=client, owner=stand.anna)
    (found,) = await stand.crm.find_deals(Search(id=id))
    same(
        (found.pipeline, found.stage, found.closed, found.contact, found.owner),
        (stand.pipeline, stand.first_stage, False, client, stand.anna),
    )


@checks.check("create_deal", DEALS)
@checks.proves("S3-32")
async def a_deal_without_a_pipeline_of_the_crm_is_refused(stand: Stand) -> None:
    outcome = await stand.crm.create_deal({"title": "x"}, "no such pipeline", key())
    same(outcome.verdict, Verdict.REFUSED)


@checks.check("create_deal", DEALS)
@checks.proves("S3-32")
async def a_deal_of_no_pipeline_in_particular_begins_in_the_first(stand: Stand) -> None:
    given = {"title": f"Принтер{stand.mark}"}
    id = id_of(await stand.crm.create_deal(given, "", key()))
    (found,) = await stand.crm.find_deals(Search(id=id))
    same((found.pipeline, found.stage), (stand.pipeline, stand.first_stage))


@checks.check("update_deal", DEALS)
@checks.proves("S3-15", "S3-31")
async def a_deal_that_reaches_a_last_stage_is_closed(stand: Stand) -> None:
    id = await stand.deal()
    id_of(await stand.crm.update_deal(id, {"stage": stand.lost_stage}))
    (found,) = await stand.crm.find_deals(Search(id=id))
    same(
        (found.stage, found.closed, found.title),
        (stand.lost_stage, True, f"Принтер{stand.mark}"),
    )


@checks.check(
    "update_deal", DEALS, cases={"field": {"stege": "x"}, "stage": {"stage": "no such stage"}}
)
@checks.proves("S3-15")
async def a_wrong_name_is_refused_and_changes_nothing(stand: Stand, fields: dict[str, str]) -> None:
    id = await stand.deal()
    outcome = await stand.crm.update_deal(id, {"title": "Changed", **fields})
    (found,) = await stand.crm.find_deals(Search(id=id))
    same((outcome.verdict, found.title), (Verdict.REFUSED, f"Принтер{stand.mark}"))


@checks.check("deal_users", DEALS)
@checks.proves("S3-16", "S3-37")
async def the_users_of_a_deal_are_its_owner_and_those_who_help(stand: Stand) -> None:
    id = await stand.deal(owner=stand.boris, users=stand.anna)
    same([each.id for each in await stand.crm.deal_users(id)], [stand.boris, stand.anna])


@checks.check("deal_users", DEALS)
@checks.proves("S3-16")
async def the_users_of_a_deal_that_is_not_there_are_refused(stand: Stand) -> None:
    try:
        await stand.crm.deal_users(NOWHERE)
    except CrmRefused:
        return
    finding("a deal that is not there has users")


@checks.check("dictionaries", DEALS)
@checks.proves("S3-20", "S4-04")
async def the_dictionaries_name_each_pipeline_and_its_stages(stand: Stand) -> None:
    """Whatever form the CRM keeps its lists in: id to name."""
    lists = await stand.crm.dictionaries()
    stages = lists.stages.get(stand.pipeline, {})
    same(stand.pipeline in lists.pipelines, True, "the pipeline among the pipelines")
    same({stand.first_stage, stand.lost_stage} - stages.keys(), set(), "stages that are missing")
    same([name for name in stages.values() if not isinstance(name, str)], [], "names not text")
