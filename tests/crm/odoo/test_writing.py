"""Clients, leads, deals and tasks: each made once, with every field where Odoo keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bridge.crm.odoo import Odoo
from bridge.crm.odoo.settings import LeadSettings
from bridge.domain.commands import CreateTask, Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Search
from tests.crm.contract import made
from tests.crm.odoo.conftest import Connect
from tests.crm.odoo.gate import Gate
from tests.crm.odoo.harness import OdooHarness
from tests.crm.odoo.looking import leads
from tests.lab.odoo_rpc import OdooRpc

Make = Callable[[Odoo, str], Awaitable[Outcome]]

# What is made → how, and the model that holds it.
MADE: dict[str, tuple[Make, str]] = {
    "contact": (lambda crm, key: crm.create_contact({"name": "Иван"}, key), "res.partner"),
    "company": (lambda crm, key: crm.create_company({"name": "x"}, key), "res.partner"),
    "lead": (lambda crm, key: crm.create_lead(made.lead(), key), "crm.lead"),
    "deal": (lambda crm, key: crm.create_deal({"title": "x"}, "1", key), "crm.lead"),
    "task": (
        lambda crm, key: crm.create_task(CreateTask(title="x", owner=None), None, key),
        "mail.activity",
    ),
}


def held(admin: OdooRpc, model: str) -> int:
    """How many there are, but for the partners of the company itself."""
    clients = [["partner_share", "=", True], ["id", "!=", 1]] if model == "res.partner" else []
    return len(admin.rows(model, *clients, fields=["display_name"]))


@pytest.mark.proves("S3-06", "S3-10", "S3-14", "S1-06")
@pytest.mark.parametrize("what", sorted(MADE))
async def test_what_had_no_answer_is_found_by_its_key_after_a_restart(
    connect: Connect, gate: Gate, admin: OdooRpc, what: str
) -> None:
    make, model = MADE[what]
    before, key = held(admin, model), made.key()
    async with gate.trouble(gate.cut, (model, "load"), times=1):
        assert (await make(connect(), key)).verdict is Verdict.UNCLEAR
    restarted = connect()
    found = await restarted.find(key)
    assert (found, held(admin, model)) == (made.made(await make(restarted, key)), before + 1)


@pytest.mark.proves("S1-06")
async def test_two_daemons_that_write_one_key_at_the_same_moment_make_one_lead(
    connect: Connect, admin: OdooRpc
) -> None:
    daemons, key = [connect() for _ in range(4)], made.key()
    for each in daemons:
        await each.dictionaries()
    outcomes = await asyncio.gather(*(each.create_lead(made.lead(), key) for each in daemons))
    assert {each.verdict for each in outcomes} <= {Verdict.ACCEPTED, Verdict.TRY_LATER}
    again = await asyncio.gather(*(each.create_lead(made.lead(), key) for each in daemons))
    assert (len({made.made(each) for each in again}), len(leads(admin))) == (1, 1)


async def test_what_a_person_changed_meanwhile_stays_when_a_write_is_repeated(
    connect: Connect, admin: OdooRpc
) -> None:
    key = made.key()
    id = made.made(await connect().create_lead(made.lead(), key))
    admin.call("crm.lead", "write", [int(id)], {"name": "By hand"})
    await connect().create_lead(made.lead(), key)
    assert [row["name"] for row in leads(admin)] == ["By hand"]


# Leads
@pytest.mark.proves("S1-08")
async def test_a_company_number_names_the_source_of_its_leads(
    connect: Connect, admin: OdooRpc
) -> None:
    crm = connect(lead=LeadSettings(sources={made.DID: "Search engine"}))
    made.made(await crm.create_lead(made.lead(), made.key()))
    (lead,) = admin.rows("crm.lead", fields=["referred", "source_id"])
    assert (lead["referred"], lead["source_id"][1]) == (made.DID, "Search engine")


async def test_a_field_of_odoo_s_own_is_written_by_name_or_by_id(crm: Odoo, admin: OdooRpc) -> None:
    team = made.lead(fields={"team_id": "Sales", "priority": "2", "user_id": OdooHarness.boris})
    made.made(await crm.create_lead(team, made.key()))
    (lead,) = admin.rows("crm.lead", fields=["team_id", "priority", "user_id"])
    assert (lead["team_id"][0], lead["priority"], lead["user_id"][1]) == (1, "2", "Борис")


@pytest.mark.parametrize("name", ["x_topik", "create_date", "id"])
async def test_a_field_that_is_not_there_or_read_only_is_refused_by_name(
    crm: Odoo, admin: OdooRpc, name: str
) -> None:
    outcome = await crm.create_lead(made.lead(fields={name: "1"}), made.key())
    assert (outcome.verdict, name in outcome.detail, leads(admin)) == (Verdict.REFUSED, True, [])


@pytest.mark.proves("S1-16")
@pytest.mark.parametrize(("calls", "noted"), [("+74991112233", False), (made.STRANGER, True)])
async def test_a_lead_never_writes_over_the_numbers_of_its_customer(
    crm: Odoo, admin: OdooRpc, calls: str, noted: bool
) -> None:
    client = await made.contact(crm, phone=f"{made.CLIENT}, +74991112233")
    made.made(await crm.create_lead(made.lead(phone=calls, contact=client), made.key()))
    (found,) = await crm.find_contacts(Search(id=client))
    (lead,) = leads(admin)
    assert (found.phones, calls in str(lead["description"])) == (
        (made.CLIENT, "+74991112233"),
        noted,
    )


async def test_a_lost_deal_that_goes_on_is_in_work_again(crm: Odoo) -> None:
    id = await made.deal(crm, "1", stage="lost")
    made.made(await crm.update_deal(id, {"stage": "2"}))
    (deal,) = await crm.find_deals(Search(id=id, open_only=True))
    assert (deal.stage, deal.closed) == ("2", False)


async def test_a_deal_in_the_stage_that_means_won_is_closed(crm: Odoo) -> None:
    id = await made.deal(crm, "1")
    made.made(await crm.update_deal(id, {"stage": "4"}))
    (deal,) = await crm.find_deals(Search(id=id))
    assert (deal.closed, await crm.find_deals(Search(id=id, open_only=True))) == (True, [])


@pytest.mark.proves("S3-16", "S3-37")
async def test_new_users_of_a_deal_take_the_place_of_those_before_and_clients_stay(
    crm: Odoo, admin: OdooRpc
) -> None:
    client = await made.contact(crm)
    id = await made.deal(crm, "1", owner=OdooHarness.boris, users=OdooHarness.anna)
    admin.call("crm.lead", "message_subscribe", [int(id)], [int(client)])
    made.made(await crm.update_deal(id, {"users": OdooHarness.boris}))
    (row,) = admin.rows("crm.lead", fields=["message_partner_ids"])
    assert [each.id for each in await crm.deal_users(id)] == [OdooHarness.boris]
    assert int(client) in row["message_partner_ids"]


# Contacts and companies
async def test_more_numbers_than_odoo_has_places_for_are_refused(crm: Odoo) -> None:
    phones = f"{made.CLIENT}, {made.STRANGER}, {made.OFFICE}"
    outcome = await crm.create_contact({"name": "x", "phone": phones}, made.key())
    assert (outcome.verdict, "2 numbers" in outcome.detail) == (Verdict.REFUSED, True)


async def test_what_no_database_can_hold_is_left_out(crm: Odoo) -> None:
    name = "Иван\x00 \ud800<script>"
    id = made.made(await crm.create_contact({"name": name}, made.key()))
    (found,) = await crm.find_contacts(Search(id=id))
    assert found.name == "Иван <script>"


# Tasks and notices
async def test_a_task_is_an_activity_on_the_client_for_the_one_named(
    crm: Odoo, admin: OdooRpc
) -> None:
    client = await made.contact(crm)
    fields = {"comment": "missed <10:00>", "deadline": "2026-12-01"}
    task = CreateTask(title="Перезвонить", owner=OdooHarness.boris, fields=fields)
    entity = EntityRef(EntityKind.CONTACT, client)
    made.made(await crm.create_task(task, entity, made.key()))
    names = ["res_model", "res_id", "user_id", "summary", "note", "date_deadline"]
    (row,) = admin.rows("mail.activity", fields=[*names, "activity_type_id"])
    assert [row[name] for name in names] == [
        "res.partner",
        int(client),
        [2, "Борис"],
        "Перезвонить",
        "<p>missed &lt;10:00&gt;</p>",
        "2026-12-01",
    ]


async def test_a_notice_is_in_the_inbox_of_its_user(crm: Odoo, admin: OdooRpc) -> None:
    made.made(await crm.notify(OdooHarness.boris, "Пропущен <звонок>"))
    mine = ["needaction", "=", True]
    (notice,) = admin.rows("mail.message", mine, fields=["body"])
    assert "Пропущен &lt;звонок&gt;" in notice["body"]
