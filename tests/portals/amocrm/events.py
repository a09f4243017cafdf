"""Cards of ringing calls, what happened in the account, and whom it tells of that."""

from __future__ import annotations

from typing import Any, Final

from .asked import Asked
from .checking import Field, errors_of, rows, text
from .listing import between, filtered, page, word_of
from .problems import Row, problem
from .state import Pop

KNOWN: Final = frozenset(
    f"{what}_{kind}"
    for kind in ("contact", "company", "lead", "task", "unsorted")
    for what in ("add", "update", "delete", "responsible", "status", "restore")
)
_CALL: Final = {
    "type": Field(text, required=True),
    "phone_number": Field(text, required=True),
    "users": Field(lambda value: isinstance(value, list) and all(map(_is_id, value))),
}


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def pop(asked: Asked) -> Row:
    """The older API: `add` alone, of type `phone_call`."""
    body = asked.body
    if not isinstance(body, dict) or set(body) != {"add"} or not rows(body["add"]):
        raise problem(400, "Send add with its rows")
    for row in body["add"]:
        if errors_of(row, _CALL) or row["type"] != "phone_call":
            raise problem(400, "A phone_call has phone_number and users")
        users = row.get("users")
        if users is not None and (not users or not set(users) <= set(asked.state.users)):
            raise problem(400, "There is no such user")
    made = []
    for row in body["add"]:
        users = tuple(row["users"]) if "users" in row else None
        asked.state.pops.append(Pop(phone=row["phone_number"], users=users, at=asked.state.clock()))
        made.append({"id": asked.state.number("pop"), "_links": {}})
    return {"_links": {}, "_embedded": {"items": made}}


def listing(asked: Asked) -> Row | None:
    query = dict(asked.query)
    known = {
        "id": word_of("id"),
        "type": word_of("type"),
        "entity": word_of("entity_type"),
        "entity_id": lambda row, given: str(row["entity_id"]) in str(given).split(","),
        "created_at": between("created_at"),
    }
    found = filtered(asked.state.events, query.pop("filter", {}), known)
    return page(found, query, name="events", address=asked.address, orders=("created_at",))


def webhooks(asked: Asked) -> Row | None:
    rows = list(asked.state.webhooks.values())
    return page(rows, asked.query, name="webhooks", address=asked.address, orders=("id",))


def subscribe(asked: Asked) -> Row:
    body = asked.body
    spec = {"destination": Field(text, required=True), "settings": Field(_names, required=True)}
    if errors_of(body, spec) or not body["destination"].startswith(("http://", "https://")):
        raise problem(400, "A webhook has a destination and settings")
    row = {
        "id": asked.state.number("webhook", 1_056_000),
        "destination": body["destination"],
        "created_at": asked.state.now(),
        "updated_at": asked.state.now(),
        "account_id": asked.state.account_id,
        "created_by": asked.user,
        "sort": 1,
        "disabled": False,
        "settings": list(body["settings"]),
    }
    asked.state.webhooks[row["destination"]] = row
    return row


def unsubscribe(asked: Asked) -> None:
    if errors_of(asked.body, {"destination": Field(text, required=True)}):
        raise problem(400, "Name the destination")
    if asked.state.webhooks.pop(asked.body["destination"], None) is None:
        raise problem(404)


def _names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and set(value) <= KNOWN
