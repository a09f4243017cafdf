"""What is documented to differ in 15 to 19: the same office, whichever version answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.crm.odoo import CAPABILITIES, Odoo
from bridge.domain.ports import Search
from tests.crm.contract import made
from tests.crm.odoo.harness import MARKS, OdooHarness, emptied, settings
from tests.crm.odoo.looking import listed, notes
from tests.crm.odoo.newer import Newer
from tests.lab.odoo import Odoo as Server
from tests.lab.odoo_rpc import OdooRpc

pytestmark = list(MARKS)
SOUND = b"ID3 a conversation"


@pytest.fixture(params=[15, 16, 17, 18, 19])
async def crm(request: pytest.FixtureRequest, odoo_server: Server) -> AsyncIterator[Odoo]:
    await emptied(odoo_server.sql).again()
    async with Newer(odoo_server.url, request.param).open() as url:
        crm = Odoo(settings(url, timeout=10.0))
        yield crm
        await crm.close()


@pytest.fixture
def admin(odoo_server: Server) -> OdooRpc:
    return odoo_server.admin


async def test_the_probe_finds_what_this_version_can(crm: Odoo) -> None:
    found = await crm.probe()
    assert (found.capabilities, "leads" in found.missing) == (CAPABILITIES, False)


async def test_a_call_of_a_client_is_listed_and_noted_with_its_recording(
    crm: Odoo, admin: OdooRpc, tmp_path: Path
) -> None:
    contact = await made.contact(crm)
    on = (made.ref("contact", contact),)
    call = made.made(await crm.log_call(made.call(), OdooHarness.boris, on, made.key()))
    sound = tmp_path / "rec-1.mp3"
    sound.write_bytes(SOUND)
    made.made(await crm.attach_recording(call, made.recording(), sound, made.key()))
    attached = [row["attachment_ids"] for row in (*listed(admin), *notes(admin))]
    assert [len(each) for each in attached] == [1, 1]


async def test_a_stranger_s_lead_a_deal_and_its_stages(crm: Odoo) -> None:
    lead = made.made(await crm.create_lead(made.lead(), made.key()))
    (match,) = await crm.lookup(made.STRANGER)
    deal = await made.deal(crm, "1", stage="2")
    (found,) = await crm.find_deals(Search(id=deal))
    assert (match.entity.id, found.stage) == (lead, "2")


async def test_whoever_has_a_number_is_known_by_it(crm: Odoo) -> None:
    contact = await made.contact(crm, phone="8 (916) 123-45-67")
    (match,) = await crm.lookup(made.CLIENT)
    assert match.entity.id == contact


async def test_a_notice_reaches_its_user(crm: Odoo, admin: OdooRpc) -> None:
    told = made.made(await crm.notify(OdooHarness.boris, "5 < 6 & 7"))
    (row,) = admin.rows("mail.message", ["id", "=", int(told)], fields=["body"])
    assert "5 &lt; 6 &amp; 7" in row["body"]
