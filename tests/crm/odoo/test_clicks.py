"""Calls that people ask for by an activity: once, of whoever made it, and never late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from bridge.crm.odoo import Odoo
from bridge.crm.odoo.settings import ClickSettings
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.entities import EntityKind
from bridge.domain.ports import Capability, HookRefused
from tests.crm.contract import made
from tests.crm.odoo.conftest import Connect
from tests.crm.odoo.gate import Gate
from tests.crm.odoo.harness import OdooHarness
from tests.lab.odoo import Odoo as Server
from tests.lab.odoo_rpc import OdooRpc
from tests.lab.wait import until

Schedule = Callable[..., int]


@pytest.fixture
async def schedule(crm: Odoo, admin: OdooRpc) -> Schedule:
    """Boris schedules a call, as the form of Odoo does it, when the type for it is there."""
    asking = asyncio.ensure_future(first(crm))
    await until(lambda: _types(admin), "a type of activities that ask for a call")
    asking.cancel()

    def one(model: str, record: str, **fields: Any) -> int:
        (type,) = _of_calls(admin)
        (id,) = admin.call("ir.model", "search", [["model", "=", model]])
        given = {"res_model_id": id, "res_id": int(record), "activity_type_id": type, **fields}
        return int(admin.call("mail.activity", "create", given))

    return one


def _of_calls(admin: OdooRpc) -> list[int]:
    return list(admin.call("mail.activity.type", "search", [["name", "=", "Call now"]]))


async def _types(admin: OdooRpc) -> list[int]:
    return await asyncio.to_thread(_of_calls, admin)


async def first(crm: Odoo) -> CallRequest:
    async with asyncio.timeout(10):
        async for request in crm.requests():
            return request
    raise AssertionError("nobody asks any more")


def waiting(admin: OdooRpc) -> int:
    return len(admin.rows("mail.activity", fields=["summary"]))


@pytest.mark.proves("S1-25", "S1-26")
async def test_an_activity_names_who_made_it_whom_to_call_and_is_gone(
    crm: Odoo, admin: OdooRpc, schedule: Schedule
) -> None:
    client = await made.contact(crm)
    id = schedule("res.partner", client, user_id=int(OdooHarness.anna))
    request = await first(crm)
    assert (request.id, request.user, request.number, request.entity and request.entity.kind) == (
        f"activity:{id}",
        OdooHarness.boris,
        made.CLIENT,
        EntityKind.CONTACT,
    )
    assert waiting(admin) == 0


async def test_a_click_that_was_taken_is_called_though_the_next_cannot_be(
    crm: Odoo, gate: Gate, admin: OdooRpc, schedule: Schedule
) -> None:
    client = await made.contact(crm)
    one, _ = [schedule("res.partner", client) for _ in range(2)]
    async with gate.trouble(gate.unavailable, ("mail.activity", "unlink"), after=1):
        request = await first(crm)
    assert (request.id, waiting(admin)) == (f"activity:{one}", 1)


async def test_a_number_in_the_summary_is_called_in_place_of_the_record_s(
    crm: Odoo, schedule: Schedule
) -> None:
    deal = await made.deal(crm, "1", contact=await made.contact(crm))
    schedule("crm.lead", deal, summary="8 (903) 111-22-33")
    request = await first(crm)
    assert (request.number, request.entity and request.entity.kind) == (
        made.STRANGER,
        EntityKind.DEAL,
    )


async def test_one_of_which_it_is_not_known_whose_it_is_calls_nobody(
    crm: Odoo, gate: Gate, admin: OdooRpc, schedule: Schedule
) -> None:
    client = await made.contact(crm)
    schedule("res.partner", client)
    async with gate.trouble(gate.cut, ("mail.activity", "unlink"), times=1) as trouble:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await first(crm)
    assert (trouble.struck, waiting(admin)) == (1, 0)


async def test_one_that_comes_too_late_is_told_to_whoever_asked(
    crm: Odoo, admin: OdooRpc, schedule: Schedule, odoo_server: Server
) -> None:
    client = await made.contact(crm)
    schedule("res.partner", client)
    database = await asyncpg.connect(odoo_server.sql)
    await database.execute("UPDATE mail_activity SET create_date = create_date - interval '2 min'")
    await database.close()
    in_time = schedule("res.partner", client)
    assert (await first(crm)).id == f"activity:{in_time}"
    (notice,) = admin.rows("mail.message", ["needaction", "=", True], fields=["body"])
    assert ("too late" in notice["body"], waiting(admin)) == (True, 0)


async def test_what_came_to_nothing_is_told_in_words(
    crm: Odoo, admin: OdooRpc, schedule: Schedule
) -> None:
    schedule("res.partner", await made.contact(crm))
    made.made(await crm.unfulfilled(await first(crm), Unfulfilled.AGENT_BUSY))
    (notice,) = admin.rows("mail.message", ["needaction", "=", True], fields=["body"])
    assert "your own phone is busy" in notice["body"]


async def test_without_a_type_of_activities_nobody_can_ask(connect: Connect) -> None:
    crm = connect(click=ClickSettings())
    assert Capability.CLICK not in (await crm.probe()).capabilities
    with pytest.raises(HookRefused, match="activities"):
        await crm.hooked({}, b"{}")
