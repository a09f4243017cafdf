"""voximplant.statistic.get: finished calls, with scalars as strings."""

from __future__ import annotations

from typing import Final

from .answers import bound
from .errors import Refused, bad_value
from .filters import chosen, sorted_by
from .method import Asked, Method, Page
from .paging import page
from .params import Row, integer, mapping, text
from .state import Call, State

_FILTERED: Final = (
    "ID",
    "EXTERNAL_CALL_ID",
    "CALL_ID",
    "PORTAL_USER_ID",
    "PORTAL_NUMBER",
    "PHONE_NUMBER",
    "CALL_TYPE",
    "CALL_CATEGORY",
    "CALL_START_DATE",
    "CALL_DURATION",
    "CALL_FAILED_CODE",
    "CRM_ENTITY_TYPE",
    "CRM_ENTITY_ID",
    "CRM_ACTIVITY_ID",
)


def get(asked: Asked) -> Page:
    given, state = asked.given, asked.state
    wanted = given.get("FILTER", {})
    rows = [row(state, call) for call in _candidates(state, wanted)]
    rows = chosen(rows, wanted, _FILTERED, _unknown)
    field, way = given.get("SORT", "ID"), given.get("ORDER", "ASC")
    if field not in _FILTERED or way.upper() not in ("ASC", "DESC"):
        raise bad_value(f"Cannot sort by {field} {way}")
    ordered = rows if field == "ID" else sorted_by(rows, {field: "ASC"})
    return page(ordered[::-1] if way.upper() == "DESC" else ordered, given.get("start"))


def _candidates(state: State, wanted: Row) -> list[Call]:
    """The calls that the filter can be about."""
    one = state.calls.get(str(wanted["CALL_ID"])) if "CALL_ID" in wanted else None
    if one is not None:
        return [one] if one.finish else []
    external = wanted.get("EXTERNAL_CALL_ID")
    if isinstance(external, str):
        return [call for call in state.finished() if call.external_id == external]
    return state.finished()


def row(state: State, call: Call) -> Row:
    end = call.finish
    assert end is not None
    kind, id = bound(call).values()
    return {
        "ID": str(call.number),
        "PORTAL_USER_ID": str(end.user),
        "PORTAL_NUMBER": call.line,
        "PHONE_NUMBER": call.phone,
        "CALL_ID": call.call_id,
        "EXTERNAL_CALL_ID": call.external_id,
        "CALL_CATEGORY": "external",
        "CALL_LOG": None,
        "CALL_DURATION": str(end.duration),
        "CALL_START_DATE": call.started,
        "CALL_RECORD_URL": f"{state.url}/files/{call.record}" if call.record else None,
        "CALL_VOTE": _string(end.vote),
        "COST": f"{end.cost:.4f}",
        "COST_CURRENCY": end.currency,
        "CALL_FAILED_CODE": end.code,
        "CALL_FAILED_REASON": end.reason,
        "CRM_ENTITY_TYPE": kind,
        "CRM_ENTITY_ID": _string(id),
        "CRM_ACTIVITY_ID": _string(end.activity),
        "REST_APP_ID": "3",
        "REST_APP_NAME": "Bridge",
        "TRANSCRIPT_ID": _string(call.transcript_id),
        "TRANSCRIPT_PENDING": "N",
        "SESSION_ID": None,
        "REDIAL_ATTEMPT": None,
        "COMMENT": None,
        "RECORD_DURATION": None,
        "RECORD_FILE_ID": call.record,
        "CALL_TYPE": str(call.type),
    }


def _string(value: int | None) -> str | None:
    return None if value is None else str(value)


def _unknown(name: str) -> Refused:
    return bad_value(f"Unknown field {name} in FILTER")


_PARAMS: Final = {"FILTER": mapping, "SORT": text, "ORDER": text, "start": integer}
METHODS: Final = (Method("voximplant.statistic.get", get, _PARAMS, "telephony"),)
