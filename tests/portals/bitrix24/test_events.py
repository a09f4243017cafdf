"""Events: bound by the application, posted as a form, or asked for from the queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

CLICK = "ONEXTERNALCALLSTART"
PHONE = "+79161234567"


class Handler:
    """A public address of ours; `events` are the forms that came."""

    def __init__(self) -> None:
        self.events: list[dict[str, str]] = []
        self.status = 200
        app = web.Application()
        app.add_routes([web.post("/b24/s3", self._take)])
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/b24/s3"))

    async def _take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-www-form-urlencoded"
        self.events.append({key: str(value) for key, value in (await request.post()).items()})
        return web.Response(status=self.status)


@pytest.fixture
async def handler() -> AsyncIterator[Handler]:
    handler = Handler()
    async with handler.server:
        yield handler


async def bind(ask: Asking, event: str = CLICK, **given: Any) -> Any:
    answer = await ask("event.bind", event=event, **given)
    return answer.result if answer.status == 200 else answer.error


async def test_a_click_is_posted_with_the_call_registered_already(
    portal: Portal, ask: Asking, anna: User, handler: Handler
) -> None:
    assert await bind(ask, handler=handler.url, auth_type=0) is True
    call = portal.click(anna, PHONE, "74951234567", "contact", 797)
    await portal.until(lambda: len(portal.told) == 1)
    (event,) = handler.events
    data = {key: value for key, value in event.items() if key.startswith("data")}
    assert data == {
        "data[PHONE_NUMBER]": PHONE,
        "data[PHONE_NUMBER_INTERNATIONAL]": PHONE,
        "data[EXTENSION]": "",
        "data[USER_ID]": str(anna.id),
        "data[CALL_LIST_ID]": "0",
        "data[LINE_NUMBER]": "74951234567",
        "data[IS_MOBILE]": "0",
        "data[CALL_ID]": call.call_id,
        "data[CRM_ENTITY_TYPE]": "CONTACT",
        "data[CRM_ENTITY_ID]": "797",
    }
    assert (event["event"], event["ts"]) == (CLICK, str(int(portal.clock())))
    assert event["auth[application_token]"] == portal.auth.application_token
    assert event["auth[member_id]"] == portal.auth.member_id
    token = event["auth[access_token]"]
    assert (await ask("scope", auth=token)).status == 200
    end = {"CALL_ID": call.call_id, "USER_ID": anna.id, "DURATION": 5}
    assert (await ask("telephony.externalCall.finish", **end)).status == 200


async def test_nothing_is_posted_a_second_time(
    portal: Portal, ask: Asking, anna: User, handler: Handler
) -> None:
    handler.status = 500
    await bind(ask, handler=handler.url)
    portal.click(anna, PHONE)
    portal.click(anna, "+79160000000")
    await portal.until(lambda: len(portal.told) == 2)
    assert [told.status for told in portal.told] == [500, 500]
    assert len(handler.events) == 2


async def test_a_callback_form_registers_nothing(
    portal: Portal, ask: Asking, handler: Handler
) -> None:
    await bind(ask, "ONEXTERNALCALLBACKSTART", handler=handler.url)
    portal.ask_for_callback(PHONE, "Call me", "74951234567")
    await portal.until(lambda: len(portal.told) == 1)
    assert handler.events[0]["data[TEXT]"] == "Call me"
    assert portal.calls == []


async def test_an_application_without_a_page_is_told_its_tokens(
    portal: Portal, ask: Asking, handler: Handler
) -> None:
    portal.install(handler.url)
    await portal.until(lambda: len(portal.told) == 1)
    (event,) = handler.events
    assert event["event"] == "ONAPPINSTALL"
    assert event["auth[client_endpoint]"] == f"{portal.url}/rest/"
    assert (await ask("scope", auth=event["auth[access_token]"])).status == 200


async def test_an_outgoing_webhook_has_no_tokens(
    portal: Portal, ask: Asking, anna: User, handler: Handler
) -> None:
    portal.add_outgoing_webhook(handler.url)
    portal.click(anna, PHONE)
    await portal.until(lambda: len(portal.told) == 1)
    (event,) = handler.events
    assert event["auth[application_token]"] == portal.auth.application_token
    assert "auth[access_token]" not in event
    assert (await ask("event.get")).result == []


@pytest.mark.parametrize(
    ("method", "given", "event"),
    [
        ("crm.lead.add", {"fields": {"TITLE": "x"}}, "ONCRMLEADADD"),
        ("crm.item.add", {"entityTypeId": 3, "fields": {"name": "x"}}, "ONCRMCONTACTADD"),
        ("crm.company.add", {"fields": {"TITLE": "x"}}, "ONCRMCOMPANYADD"),
        ("crm.deal.add", {"fields": {"TITLE": "x"}}, "ONCRMDEALADD"),
    ],
)
async def test_a_change_in_the_crm_is_told_with_its_id(
    portal: Portal,
    ask: Asking,
    handler: Handler,
    method: str,
    given: dict[str, Any],
    event: str,
) -> None:
    await bind(ask, event, handler=handler.url)
    answer = (await ask(method, **given)).result
    id = answer["item"]["id"] if isinstance(answer, dict) else answer
    await portal.until(lambda: len(portal.told) == 1)
    assert handler.events[0]["data[FIELDS][ID]"] == str(id)


async def test_a_handler_is_listed_until_it_is_unbound(ask: Asking) -> None:
    await bind(ask, handler="http://127.0.0.1:9/x")
    await bind(ask, handler="http://127.0.0.1:9/x")
    row = {"event": CLICK, "handler": "http://127.0.0.1:9/x", "auth_type": "0", "offline": 0}
    assert (await ask("event.get")).result == [row]
    unbound = await ask("event.unbind", event=CLICK, handler="http://127.0.0.1:9/x")
    assert (unbound.result, (await ask("event.get")).result) == ({"count": 1}, [])


async def test_binding_the_same_handler_again_may_be_refused(portal: Portal, ask: Asking) -> None:
    portal.doubts.same_handler_twice = False
    assert await bind(ask, handler="http://127.0.0.1:9/x") is True
    assert (await bind(ask, handler="http://127.0.0.1:9/x"))[:2] == (400, "ERROR_CORE")


async def test_an_unknown_event_cannot_be_bound(ask: Asking) -> None:
    assert (await bind(ask, "ONCALL", handler="http://x"))[:2] == (400, "ERROR_EVENT_NOT_FOUND")


@pytest.mark.parametrize("given", [{"event_type": "offline"}, {"auth_type": 1, "handler": "h"}])
async def test_the_queue_and_another_users_token_need_an_administrator(
    portal: Portal, ask: Asking, anna: User, given: dict[str, Any]
) -> None:
    hers = portal.grant(anna.id).access_token
    assert (await bind(ask, auth=hers, **given))[:2] == (403, "ACCESS_DENIED")


async def offline(ask: Asking, **given: Any) -> Any:
    return (await ask("event.offline.get", **given)).result


async def test_events_stay_in_the_queue_until_they_are_cleared(
    portal: Portal, ask: Asking, anna: User
) -> None:
    await bind(ask, event_type="offline")
    portal.click(anna, PHONE)
    taken = await offline(ask, clear=0, limit=50)
    (event,) = taken["events"]
    assert event.keys() == {
        "ID",
        "TIMESTAMP_X",
        "EVENT_NAME",
        "EVENT_DATA",
        "EVENT_ADDITIONAL",
        "MESSAGE_ID",
    }
    assert (event["EVENT_NAME"], event["EVENT_DATA"]["PHONE_NUMBER"]) == (CLICK, PHONE)
    assert await offline(ask, clear=0) == {"process_id": None, "events": []}
    again = await offline(ask, clear=0, process_id=taken["process_id"])
    assert again == taken
    cleared = await ask("event.offline.clear", process_id=taken["process_id"])
    assert (cleared.result, portal.state.offline) == (True, [])


async def test_the_list_says_who_has_taken_what_and_changes_nothing(
    portal: Portal, ask: Asking, anna: User
) -> None:
    await bind(ask, event_type="offline")
    portal.click(anna, PHONE)
    process = (await offline(ask, clear=0))["process_id"]
    portal.click(anna, "+79160000000")
    rows = (await ask("event.offline.list", order={"ID": "ASC"})).result
    assert [(row["PROCESS_ID"], row["ERROR"]) for row in rows] == [(process, 0), ("", 0)]
    assert len((await offline(ask, clear=0))["events"]) == 1


async def test_events_taken_with_clear_are_gone(portal: Portal, ask: Asking, anna: User) -> None:
    await bind(ask, event_type="offline")
    portal.click(anna, PHONE)
    taken = await offline(ask, clear=1)
    assert (taken["process_id"], len(taken["events"])) == (None, 1)
    assert portal.state.offline == []


async def test_identical_events_are_one(portal: Portal, ask: Asking) -> None:
    await bind(ask, "ONCRMLEADUPDATE", event_type="offline")
    lead = portal.add("lead", TITLE="x")
    for title in ("y", "z"):
        await ask("crm.lead.update", id=lead, fields={"TITLE": title})
    assert len((await offline(ask))["events"]) == 1


async def test_an_event_that_failed_does_not_come_again(
    portal: Portal, ask: Asking, anna: User
) -> None:
    await bind(ask, event_type="offline")
    portal.click(anna, PHONE)
    process = (await offline(ask, clear=0))["process_id"]
    assert (await ask("event.offline.error", process_id=process)).result is True
    assert (await offline(ask, clear=0, process_id=process))["events"] == []


async def test_without_data_there_is_false(portal: Portal, ask: Asking) -> None:
    await bind(ask, event_type="offline")
    portal.sender.happened(CLICK, {})
    assert (await offline(ask))["events"][0]["EVENT_DATA"] is False
