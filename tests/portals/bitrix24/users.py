"""Employees and their extensions; who asks, and what they may."""

from __future__ import annotations

from typing import Final

from .errors import Refused, bad_value
from .filters import chosen, sorted_by
from .method import Asked, Method, Page
from .paging import page
from .params import Row, anything, flag, integer, mapping, sequence, text
from .state import User

_FILTERED: Final = (
    "ID",
    "ACTIVE",
    "USER_TYPE",
    "UF_PHONE_INNER",
    "EMAIL",
    "NAME",
    "LAST_NAME",
    "PERSONAL_MOBILE",
    "UF_DEPARTMENT",
)


def get(asked: Asked) -> Page:
    given = asked.given
    rows = [{**dict.fromkeys(_FILTERED), **row(one)} for one in asked.state.users.values()]
    rows = chosen(rows, given.get("FILTER", {}), _FILTERED, _unknown)
    field = given.get("SORT") or "ID"
    if field not in _FILTERED:
        raise bad_value(f"Cannot sort by {field}")
    rows = sorted(rows, key=lambda one: int(one["ID"]))
    ordered = rows if field == "ID" else sorted_by(rows, {field: "ASC"})
    ordered = ordered[::-1] if given.get("ORDER", "ASC").upper() == "DESC" else ordered
    users = asked.state.users
    return page(
        ordered, given.get("start"), lambda part: [row(users[int(each["ID"])]) for each in part]
    )


def row(user: User) -> Row:
    """UF_PHONE_INNER is absent where the user has none."""
    inner = {"UF_PHONE_INNER": user.extension} if user.extension is not None else {}
    return {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "SECOND_NAME": "",
        "EMAIL": user.email,
        "TIME_ZONE": "",
        "IS_ONLINE": "Y",
        "PERSONAL_MOBILE": user.mobile,
        "WORK_PHONE": "",
        "WORK_POSITION": "",
        "UF_DEPARTMENT": [1],
        **inner,
        "USER_TYPE": user.type,
    }


def profile(asked: Asked) -> Row:
    user = asked.state.users[asked.who.user]
    return {"ID": str(user.id), "ADMIN": user.admin, "NAME": user.name, "LAST_NAME": user.last_name}


def scope(asked: Asked) -> list[str]:
    return sorted(asked.who.scopes)


def application(asked: Asked) -> Row:
    return {
        "ID": 3,
        "CODE": "local.bridge",
        "VERSION": 1,
        "STATUS": "L",
        "INSTALLED": True,
        "SCOPE": sorted(asked.who.scopes),
    }


def with_sip_passwords(asked: Asked) -> Row:
    raise Refused(401, "METHOD_CONFIRM_WAITING", "Waiting for confirmation")


def _unknown(name: str) -> Refused:
    return bad_value(f"Unknown field {name} in FILTER")


_GET: Final = {
    "FILTER": mapping,
    "SORT": text,
    "ORDER": text,
    "ADMIN_MODE": flag,
    "SELECT": sequence,
    "start": integer,
}
METHODS: Final = (
    Method("user.get", get, _GET, "user"),
    Method("profile", profile),
    Method("scope", scope, {"full": anything}),
    Method("app.info", application, app_only=True),
    Method("voximplant.user.get", with_sip_passwords, {"USER_ID": anything}, "telephony"),
)
