"""What a portal does not allow is said before anybody misses it, with what stops working."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.settings import LeadSettings
from bridge.domain.ports import Capability, CrmNeedsLogin
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.test_client import webhook
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import User


@pytest.mark.proves("S1-31")
@pytest.mark.parametrize(
    ("scope", "lost", "told"),
    [
        ("telephony", Capability.CALLS, "no call, recording or screen pop"),
        ("telephony", Capability.CLICK, "no call, recording or screen pop"),
        ("im", Capability.NOTIFY, "nobody is notified"),
        ("task", Capability.TASKS, "no tasks are made"),
        ("crm", Capability.LEADS, "no client is found"),
    ],
)
async def test_a_scope_that_was_not_given_is_named(
    crm: Bitrix24, portal: Portal, scope: str, lost: Capability, told: str
) -> None:
    portal.auth.scopes -= {scope, f"{scope}s"}
    found = await crm.probe()
    assert (lost in found.capabilities, told in found.missing[f"scope {scope}"]) == (False, True)


@pytest.mark.proves("S1-31")
async def test_a_webhook_that_may_not_register_calls_is_told_to_be_an_application(
    portal: Portal, tmp_path: Path
) -> None:
    crm = Bitrix24(webhook(portal, tmp_path), portal.clock)
    found = await crm.probe()
    await crm.close()
    assert (
        Capability.CALLS in found.capabilities,
        Capability.LEADS in found.capabilities,
        "webhook" in found.missing["a local application"],
    ) == (False, True, True)


async def test_an_older_portal_lets_a_webhook_register_calls(
    portal: Portal, tmp_path: Path
) -> None:
    portal.doubts.webhook_may_register = True
    crm = Bitrix24(webhook(portal, tmp_path), portal.clock)
    found = await crm.probe()
    await crm.close()
    assert (Capability.CALLS in found.capabilities, list(found.missing)) == (
        True,
        ["the event queue"],
    )


@pytest.mark.proves("S1-31")
async def test_people_without_a_number_are_named(crm: Bitrix24, portal: Portal) -> None:
    portal.state.users[7] = User(id=7, name="Вера")
    assert [each for each in (await crm.probe()).missing if "Вера" in each]


@pytest.mark.parametrize(("id", "named"), [("1", False), ("2", True), ("424242", True)])
async def test_a_default_user_who_is_not_at_work_is_named(
    connect: Connect, portal: Portal, id: str, named: bool
) -> None:
    portal.state.users[2].active = False
    found = await connect(default_user=id).probe()
    assert (f"default_user {id}" in found.missing) is named


@pytest.mark.proves("S1-31")
async def test_sources_and_fields_of_leads_that_are_not_there_are_named(connect: Connect) -> None:
    lead = LeadSettings(
        source="CALLS", sources={"+74952000001": "CALL", "+74952000002": "AD"}, did_field="UF_CRM_X"
    )
    assert list((await connect(lead=lead).probe()).missing) == [
        "source CALLS of lead.source",
        "source AD of lead.sources of number *0002",
        "field UF_CRM_X of lead.did_field",
    ]


async def test_an_ordinary_user_and_a_portal_without_leads_are_named(
    connect: Connect, portal: Portal
) -> None:
    portal.state.users[1].admin = False
    portal.state.mode = 2
    found = await connect(rate=0.5).probe()
    assert list(found.missing) == ["administrator rights", "leads", "rate 0.5/s"]


async def test_a_portal_in_order_misses_nothing(crm: Bitrix24) -> None:
    found = await crm.probe()
    assert (found.capabilities, found.missing) == (frozenset(Capability), {})


async def test_dead_credentials_are_no_finding_but_a_failure(crm: Bitrix24, portal: Portal) -> None:
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin):
        await crm.probe()
