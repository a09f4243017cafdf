"""What is told before the first call: a wrong login, an address of nothing, missing rights."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.crm.odoo import CAPABILITIES, Odoo
from bridge.crm.odoo.settings import LeadSettings
from bridge.crm.odoo.versions import major, version
from bridge.crm.trouble import Trouble
from bridge.domain.ports import Capability, CrmNeedsLogin, CrmUnavailable
from tests.crm.odoo.conftest import Connect
from tests.crm.odoo.gate import Gate
from tests.crm.odoo.harness import settings
from tests.lab.odoo_rpc import OdooRpc


async def test_nothing_is_missing_in_an_odoo_set_up_as_documented(crm: Odoo) -> None:
    probe = await crm.probe()
    assert (probe.capabilities, dict(probe.missing)) == (CAPABILITIES, {})


async def test_each_field_that_is_not_there_is_named_with_what_stops(connect: Connect) -> None:
    crm = connect(
        lead=LeadSettings(did_field="x_did"),
        extension_field="x_ext",
        requisites={"ogrn": "x_ogrn"},
    )
    missing = (await crm.probe()).missing
    assert {"crm.lead x_did", "res.users x_ext", "res.partner x_ogrn"} <= missing.keys()


async def test_a_user_without_rights_in_sales_makes_no_leads(
    connect: Connect, admin: OdooRpc
) -> None:
    rights = [[6, 0, [admin.id_of("base.group_user")]]]
    given = {"name": "Clerk", "login": "clerk", "password": "clerk's own", "groups_id": rights}
    admin.call("res.users", "create", given)
    probe = await connect(login="clerk", password=SecretStr("clerk's own")).probe()
    assert not {Capability.LEADS, Capability.DEALS} & probe.capabilities
    assert "Sales" in probe.missing["crm.lead create"]


async def test_leads_that_nobody_would_see_are_told_of(crm: Odoo, gate: Gate) -> None:
    async with gate.trouble(gate.false, ("res.users", "has_group")):
        assert "Leads" in (await crm.probe()).missing["leads"]


@pytest.mark.parametrize(
    "given",
    [{"password": SecretStr("wrong")}, {"login": "nobody"}, {"database": "acme"}],
    ids=["password", "login", "database"],
)
async def test_a_wrong_login_is_told_without_its_secret(
    connect: Connect, given: dict[str, Any]
) -> None:
    with pytest.raises(CrmNeedsLogin) as told:
        await connect(**given).probe()
    assert "wrong" not in str(told.value)


async def test_an_address_where_no_odoo_is_says_so() -> None:
    async with TestServer(web.Application()) as server:
        crm = Odoo(settings(str(server.make_url("/")).rstrip("/")))
        with pytest.raises(CrmUnavailable, match="the address of Odoo"):
            await crm.probe()
        await crm.close()


@pytest.mark.parametrize(
    ("major", "channel", "lists", "plain"),
    [
        (13, "mail.channel", True, False),
        (14, "mail.channel", True, False),
        (15, "mail.channel", False, False),
        (16, "mail.channel", False, True),
        (17, "discuss.channel", False, True),
        (19, "discuss.channel", False, True),
    ],
)
def test_what_differs_between_versions(major: int, channel: str, lists: bool, plain: bool) -> None:
    row = version(major)
    assert (row.channel, row.lists_channels, row.plain_notices) == (channel, lists, plain)


@pytest.mark.parametrize(
    ("info", "wanted"), [([14, 0, 0, "final", 0, ""], 14), (["saas~17", 4, 0, "final", 0, ""], 17)]
)
def test_which_version_answers(info: list[Any], wanted: int) -> None:
    assert major({"server_version_info": info}) == wanted


@pytest.mark.parametrize("told", [None, {}, {"server_version_info": []}, "14.0"])
def test_what_names_no_version_is_no_odoo(told: Any) -> None:
    with pytest.raises(Trouble, match="no answer of Odoo"):
        major(told)
