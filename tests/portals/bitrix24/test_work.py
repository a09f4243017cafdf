"""Activities and their bindings, todos, comments, tasks, notices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

PHONE = "+79161234567"


async def call(ask: Asking, user: User, **more: Any) -> Any:
    """A finished call; the answer of its finish."""
    given = {"USER_ID": user.id, "PHONE_NUMBER": PHONE, "TYPE": 2, **more}
    id = (await ask("telephony.externalCall.register", **given)).result["CALL_ID"]
    end = {"CALL_ID": id, "USER_ID": user.id, "DURATION": 9}
    return (await ask("telephony.externalCall.finish", **end)).result


async def bind(ask: Asking, activity: int, kind: int, id: int) -> Any:
    given = {"activityId": activity, "entityTypeId": kind, "entityId": id}
    answer = await ask("crm.activity.binding.add", **given)
    return answer.result if answer.status == 200 else answer.error[:2]


async def test_a_call_is_bound_to_a_deal_besides_the_contact(
    portal: Portal, ask: Asking, anna: User
) -> None:
    contact = portal.add("contact", PHONE)
    deal = portal.add("deal", CONTACT_ID=contact)
    activity = (await call(ask, anna))["CRM_ACTIVITY_ID"]
    assert await bind(ask, activity, 2, deal) is True
    rows = (await ask("crm.activity.binding.list", activityId=activity)).result
    assert rows == [
        {"entityTypeId": 3, "entityId": contact},
        {"entityTypeId": 2, "entityId": deal},
    ]


async def test_a_binding_is_taken_back_unless_it_is_the_last(
    portal: Portal, ask: Asking, anna: User
) -> None:
    deal = portal.add("deal", CONTACT_ID=portal.add("contact", PHONE))
    activity = (await call(ask, anna))["CRM_ACTIVITY_ID"]
    await bind(ask, activity, 2, deal)
    given = {
        "activityId": activity,
        "entityTypeId": 3,
        "entityId": portal.deals[deal]["CONTACT_ID"],
    }
    assert (await ask("crm.activity.binding.delete", **given)).result is True
    assert (await ask("crm.activity.binding.delete", **given)).status == 400
    last = {**given, "entityTypeId": 2, "entityId": deal}
    assert (await ask("crm.activity.binding.delete", **last)).status == 400
    assert (await ask("crm.activity.get", ID=activity)).result["ID"] == str(activity)


async def test_a_binding_that_cannot_be_made_is_named(
    portal: Portal, ask: Asking, anna: User
) -> None:
    contact = portal.add("contact", PHONE)
    activity = (await call(ask, anna))["CRM_ACTIVITY_ID"]
    assert await bind(ask, activity, 3, contact) == (400, "ACTIVITY_IS_ALREADY_BOUND")
    assert await bind(ask, activity, 2, 999) == (400, "OWNER_NOT_FOUND")
    assert await bind(ask, 999, 3, contact) == (400, "NOT_FOUND")
    assert await bind(ask, activity, 3, 0) == (400, "OWNER_NOT_FOUND")
    answer = await ask("crm.activity.binding.add", activityId=activity, entityTypeId=2)
    assert answer.error[:2] == (400, "100")


@pytest.mark.parametrize(("type", "direction"), [(2, "1"), (1, "2")])
async def test_the_activity_of_a_call_is_found_by_its_owner(
    portal: Portal, ask: Asking, anna: User, type: int, direction: str
) -> None:
    contact = portal.add("contact", PHONE)
    activity = (await call(ask, anna, TYPE=type))["CRM_ACTIVITY_ID"]
    wanted = {"PROVIDER_ID": "VOXIMPLANT_CALL", "OWNER_TYPE_ID": 3, "OWNER_ID": contact}
    answer = await ask("crm.activity.list", filter=wanted, order={"ID": "DESC"})
    (row,) = answer.result
    assert (row["ID"], row["TYPE_ID"], row["DIRECTION"]) == (str(activity), "2", direction)
    assert row["RESPONSIBLE_ID"] == str(anna.id)


async def test_without_an_entity_there_is_no_activity(
    portal: Portal, ask: Asking, anna: User
) -> None:
    assert (await call(ask, anna))["CRM_ACTIVITY_ID"] is None
    assert portal.state.activities == {}


async def test_a_call_by_hand_has_exactly_one_communication(
    portal: Portal, ask: Asking, anna: User
) -> None:
    contact = portal.add("contact", PHONE)
    fields = {
        "OWNER_TYPE_ID": 3,
        "OWNER_ID": contact,
        "TYPE_ID": 2,
        "SUBJECT": "Call",
        "RESPONSIBLE_ID": anna.id,
    }
    row = {"VALUE": PHONE, "ENTITY_ID": contact, "ENTITY_TYPE_ID": 3}
    added = await ask("crm.activity.add", fields={**fields, "COMMUNICATIONS": [row]})
    assert added.result in portal.state.activities
    refused = await ask("crm.activity.add", fields={**fields, "COMMUNICATIONS": [row, row]})
    assert refused.error[:2] == (400, "")


async def test_a_todo_in_the_card(portal: Portal, ask: Asking, anna: User) -> None:
    contact = portal.add("contact", PHONE)
    given: dict[str, Any] = {
        "ownerTypeId": 3,
        "ownerId": contact,
        "deadline": "2026-09-21T13:00:00+03:00",
        "title": "Call back",
        "responsibleId": anna.id,
        "pingOffsets": [0, 15],
        "colorId": "2",
    }
    id = (await ask("crm.activity.todo.add", **given)).result["id"]
    assert portal.state.activities[id]["SUBJECT"] == "Call back"
    errors = [
        (await ask("crm.activity.todo.add", **{**given, **changed})).error[1]
        for changed in ({"deadline": "soon"}, {"ownerId": 999}, {"deadline": ""})
    ]
    assert errors == ["WRONG_DATETIME_FORMAT", "OWNER_NOT_FOUND", "100"]


async def test_a_comment_wants_its_entity_in_lower_case(portal: Portal, ask: Asking) -> None:
    deal = portal.add("deal")
    fields = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Rating 2/5"}
    id = (await ask("crm.timeline.comment.add", fields=fields)).result
    wrong = await ask("crm.timeline.comment.add", fields={**fields, "ENTITY_TYPE": "DEAL"})
    assert (portal.state.comments[id]["COMMENT"], wrong.status) == ("Rating 2/5", 400)
    wanted = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal"}
    rows = (await ask("crm.timeline.comment.list", filter=wanted)).result
    assert [row["ID"] for row in rows] == [str(id)]


@pytest.mark.parametrize("needs_app", [False, True])
async def test_a_log_message_may_need_an_application(
    portal: Portal, ask: Asking, needs_app: bool
) -> None:
    portal.doubts.log_message_needs_app = needs_app
    fields = {"entityTypeId": 2, "entityId": portal.add("deal"), "title": "PBX", "text": "x"}
    fields |= {"iconCode": "info"}
    method = "crm.timeline.logmessage.add"
    assert (await ask(method, fields=fields)).result["logMessage"]["id"] == 1
    assert ((await ask.webhook(method, fields=fields)).status == 403) is needs_app


async def test_a_task_is_added_and_found_by_its_title(
    portal: Portal, ask: Asking, anna: User
) -> None:
    contact = portal.add("contact", PHONE)
    fields = {
        "TITLE": f"Missed call {PHONE} pbx1-1.2",
        "RESPONSIBLE_ID": anna.id,
        "CREATED_BY": 1,
        "DEADLINE": "2026-09-21T13:00:00+03:00",
        "PRIORITY": "2",
        "UF_CRM_TASK": [f"C_{contact}"],
        "XML_ID": "pbx1-1.2",
    }
    task = (await ask("tasks.task.add", fields=fields)).result["task"]
    expected = {"responsibleId": str(anna.id), "status": "2", "priority": "2"}
    assert {name: task[name] for name in expected} == expected
    found = await ask("tasks.task.list", filter={"%TITLE": "pbx1-1.2"}, select=["ID"])
    assert (found.result["tasks"], found.body["total"]) == ([{"id": task["id"]}], 1)
    assert (await ask("tasks.task.list", filter={"XML_ID": "pbx1-1.2"})).status == 400
    read = (await ask("tasks.task.get", taskId=task["id"])).result["task"]
    assert read["xmlId"] == "pbx1-1.2"
    assert "XML_ID" in (await ask("tasks.task.getFields")).result["fields"]


@pytest.mark.parametrize(
    "changed",
    [{"TITLE": ""}, {"RESPONSIBLE_ID": 999}, {"UF_CRM_TASK": ["C_999"]}, {"TAGS": ["pbx"]}],
)
async def test_a_wrong_task_is_refused(
    portal: Portal, ask: Asking, anna: User, changed: dict[str, Any]
) -> None:
    fields = {"TITLE": "x", "RESPONSIBLE_ID": anna.id, **changed}
    assert (await ask("tasks.task.add", fields=fields)).status == 400
    assert portal.state.tasks == {}


async def test_nothing_keeps_a_task_from_being_made_twice(
    portal: Portal, ask: Asking, anna: User
) -> None:
    for _ in range(2):
        await ask("tasks.task.add", fields={"TITLE": "x", "RESPONSIBLE_ID": anna.id})
    assert len(portal.state.tasks) == 2


async def test_a_notice_with_a_tag_replaces_the_earlier_one(
    portal: Portal, ask: Asking, anna: User
) -> None:
    for text in ("one", "two"):
        await ask("im.notify.system.add", USER_ID=anna.id, MESSAGE=text, TAG="PBX_1")
    await ask("im.notify.personal.add", USER_ID=anna.id, MESSAGE="three")
    texts = [notice["MESSAGE"] for notice in portal.state.notices.values()]
    assert texts == ["two", "three"]


@pytest.mark.parametrize(
    ("given", "code"), [({"USER_ID": 0}, "USER_ID_EMPTY"), ({"MESSAGE": ""}, "MESSAGE_EMPTY")]
)
async def test_a_wrong_notice_is_refused(ask: Asking, given: dict[str, Any], code: str) -> None:
    full = {"USER_ID": 1, "MESSAGE": "x", **given}
    assert (await ask("im.notify.system.add", **full)).error[:2] == (400, code)


async def test_a_notice_to_nobody_is_false(ask: Asking) -> None:
    assert (await ask("im.notify.system.add", USER_ID=999, MESSAGE="x")).result is False


async def test_a_webhook_notifies_with_a_client_id(ask: Asking) -> None:
    given = {"USER_ID": 1, "MESSAGE": "x"}
    method = "im.notify.system.add"
    assert (await ask.webhook(method, **given)).error[:2] == (403, "WRONG_AUTH_TYPE")
    assert (await ask.webhook(method, **given, CLIENT_ID="pbx")).status == 200
