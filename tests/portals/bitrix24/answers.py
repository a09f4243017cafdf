"""What the portal says of a call: when it begins, when it ends, when somebody clicked."""

from __future__ import annotations

from .params import Row
from .state import Call


def registered(call: Call) -> Row:
    lead = next((id for kind, id in call.created if kind == "lead"), None)
    created = [{"ENTITY_TYPE": kind.upper(), "ENTITY_ID": id} for kind, id in call.created]
    answer = {"CALL_ID": call.call_id, "CRM_CREATED_LEAD": lead, "CRM_CREATED_ENTITIES": created}
    error = {"LEAD_CREATION_ERROR": call.create_error} if call.create_error else {}
    return {**answer, **bound(call), **error}


def finished(call: Call) -> Row:
    end = call.finish
    assert end is not None
    return {
        "CALL_ID": call.call_id,
        "EXTERNAL_CALL_ID": call.external_id,
        "PORTAL_USER_ID": end.user,
        "PHONE_NUMBER": call.phone,
        "PORTAL_NUMBER": call.line,
        "INCOMING": str(call.type),
        "CALL_DURATION": end.duration,
        "CALL_START_DATE": {},
        "CALL_STATUS": int(end.code == "200"),
        "CALL_VOTE": end.vote,
        "COST": end.cost,
        "COST_CURRENCY": end.currency,
        "CALL_FAILED_CODE": end.code,
        "CALL_FAILED_REASON": end.reason,
        "REST_APP_ID": "3",
        "REST_APP_NAME": "Bridge",
        "CRM_ACTIVITY_ID": end.activity,
        "COMMENT": None,
        **bound(call),
        "ID": call.number,
    }


def clicked(call: Call) -> Row:
    """The data of the event that tells of a click."""
    kind, id = call.entity or ("", "")
    return {
        "PHONE_NUMBER": call.phone,
        "PHONE_NUMBER_INTERNATIONAL": call.phone,
        "EXTENSION": "",
        "USER_ID": str(call.user),
        "CALL_LIST_ID": "0",
        "LINE_NUMBER": call.line or "",
        "IS_MOBILE": "0",
        "CALL_ID": call.call_id,
        "CRM_ENTITY_TYPE": kind.upper(),
        "CRM_ENTITY_ID": str(id),
    }


def bound(call: Call) -> Row:
    kind, id = call.entity or (None, None)
    return {"CRM_ENTITY_TYPE": kind and kind.upper(), "CRM_ENTITY_ID": id}
