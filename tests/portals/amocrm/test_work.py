"""Tasks, users, pipelines, the account; cards of ringing calls; whom the account tells what."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.portals.amocrm import Portal
from tests.portals.amocrm.raw import Raw


async def test_the_account_names_itself_and_what_it_allows(ask: Raw) -> None:
    answer = await ask("GET", "account?with=task_types,is_api_filter_enabled")
    assert (answer.body["subdomain"], answer.body["is_api_filter_enabled"]) == ("acme", True)


async def test_users_are_shown_to_an_administrator(portal: Portal, ask: Raw) -> None:
    portal.add_user("Anna", active=False)
    assert [row["rights"]["is_active"] for row in (await ask("GET", "users")).rows("users")] == [
        True,
        False,
    ]
    portal.state.users[portal.user]["rights"]["is_admin"] = False
    assert (await ask("GET", "users")).status == 403


async def test_each_pipeline_ends_with_the_two_that_close_a_lead(portal: Portal, ask: Raw) -> None:
    portal.add_pipeline("Service", "New")
    pipelines = (await ask("GET", "leads/pipelines")).rows("pipelines")
    ends = [[row["id"] for row in each["_embedded"]["statuses"]][-2:] for each in pipelines]
    assert ends == [[142, 143], [142, 143]]


async def test_a_phone_has_its_kinds(ask: Raw) -> None:
    fields = (await ask("GET", "contacts/custom_fields")).rows("custom_fields")
    phone = next(row for row in fields if row["code"] == "PHONE")
    assert [each["code"] for each in phone["enums"]] == [
        "WORK",
        "WORKDD",
        "MOB",
        "FAX",
        "HOME",
        "OTHER",
    ]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"text": None}, ("NotNullable", "text")),
        ({"task_type_id": 7}, ("NotSupportedChoice", "task_type_id")),
        ({"entity_id": 1, "entity_type": "leads"}, ("NotSupportedChoice", "entity_id")),
        ({"responsible_user_id": 1}, ("NotSupportedChoice", "responsible_user_id")),
    ],
)
async def test_a_wrong_task_is_told_by_its_field(
    ask: Raw, change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    task = {"text": "Call back", "complete_till": 1789984800, **change}
    assert (await ask("POST", "tasks", [task])).wrong == [wrong]


async def test_a_task_is_listed_until_it_is_done(portal: Portal, ask: Raw) -> None:
    lead = portal.add("leads", name="x")
    task = {"text": "Call back", "complete_till": 1, "entity_id": lead, "entity_type": "leads"}
    (made,) = (await ask("POST", "tasks", [task])).rows("tasks")
    waiting = f"tasks?filter[is_completed]=0&filter[entity_type]=leads&filter[entity_id][]={lead}"
    assert len((await ask("GET", waiting)).rows("tasks")) == 1
    done = {"is_completed": True, "result": {"text": "ok"}}
    await ask("PATCH", f"tasks/{made['id']}", done)
    assert (await ask("GET", waiting)).status == 204


async def test_the_page_shows_what_is_there_and_runs_nothing_of_it(
    portal: Portal, ask: Raw
) -> None:
    portal.add("contacts", "+79161234567", name="<script>alert(1)</script>")
    async with ask.session.get(f"{portal.url}/") as page:
        text = await page.text()
    assert ("+79161234567" in text, "<script>alert" in text) == (True, False)


# Cards of ringing calls
async def test_a_card_opens_at_the_users_named(portal: Portal, ask: Raw) -> None:
    call = {"type": "phone_call", "phone_number": "+79161234567", "users": [portal.user]}
    answer = await ask("POST", "/api/v2/events", {"add": [call]})
    assert (answer.status, portal.pops[0].users) == (200, (portal.user,))


@pytest.mark.parametrize("change", [{"users": [1]}, {"users": []}, {"type": "call"}, {"x": 1}])
async def test_a_card_for_nobody_there_is_refused(
    portal: Portal, ask: Raw, change: dict[str, Any]
) -> None:
    call = {"type": "phone_call", "phone_number": "+79161234567", **change}
    assert ((await ask("POST", "/api/v2/events", {"add": [call]})).status, portal.pops) == (400, [])


# Webhooks
async def test_a_webhook_is_told_of_what_it_asked_for_and_no_more(portal: Portal, ask: Raw) -> None:
    came: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        came.append({key: str(value) for key, value in (await request.post()).items()})
        return web.Response()

    app = web.Application()
    app.router.add_post("/amo", take)
    async with TestServer(app) as server:
        body = {"destination": str(server.make_url("/amo")), "settings": ["update_contact"]}
        assert (await ask("POST", "webhooks", body)).status == 200
        id = portal.add("contacts", "+79161234567")
        await ask("PATCH", f"contacts/{id}", {"name": "Ivan"})
        await portal.until(lambda: len(portal.told) == 1)
    assert (came[0]["contacts[update][0][id]"], came[0]["account[subdomain]"]) == (str(id), "acme")
    assert came[0]["contacts[update][0][custom_fields][0][code]"] == "PHONE"


async def test_a_webhook_is_listed_and_taken_away(ask: Raw) -> None:
    body = {"destination": "https://pbx.example/amo", "settings": ["add_lead"]}
    await ask("POST", "webhooks", body)
    assert len((await ask("GET", "webhooks")).rows("webhooks")) == 1
    gone = await ask("DELETE", "webhooks", {"destination": body["destination"]})
    assert (gone.status, (await ask("GET", "webhooks")).status) == (204, 204)


async def test_a_webhook_for_what_never_happens_is_refused(ask: Raw) -> None:
    body = {"destination": "https://pbx.example/amo", "settings": ["add_call"]}
    assert (await ask("POST", "webhooks", body)).status == 400
