"""telephony.externalCall.searchCrmEntities: who holds a number, and who is responsible."""

from __future__ import annotations

from typing import Final

from .errors import core
from .method import Asked, Method
from .params import Row, text
from .state import State


def search_crm_entities(asked: Asked) -> list[Row]:
    phone = asked.given.get("PHONE_NUMBER")
    if not phone:
        raise core("PHONE_NUMBER is empty")
    return [_match(asked.state, kind, row) for kind, row in asked.state.holders(phone)]


def _match(state: State, kind: str, row: Row) -> Row:
    user = state.users[row["ASSIGNED_BY_ID"]]
    person = " ".join(filter(None, (row.get("NAME"), row.get("LAST_NAME"))))
    return {
        "CRM_ENTITY_TYPE": kind.upper(),
        "CRM_ENTITY_ID": row["ID"],
        "ASSIGNED_BY_ID": user.id,
        "NAME": person or row.get("TITLE") or "",
        "ASSIGNED_BY": {
            "ID": str(user.id),
            "TIMEMAN_STATUS": user.day,
            "USER_PHONE_INNER": user.extension,
            "WORK_PHONE": None,
            "PERSONAL_PHONE": None,
            "PERSONAL_MOBILE": user.mobile or None,
        },
    }


METHODS: Final = (
    Method(
        "telephony.externalCall.searchCrmEntities",
        search_crm_entities,
        {"PHONE_NUMBER": text},
        "telephony",
    ),
)
