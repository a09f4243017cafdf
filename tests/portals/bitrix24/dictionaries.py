"""Pipelines, stages with their semantics, sources; and whether the portal has leads."""

from __future__ import annotations

from typing import Final

from .errors import Refused, legacy
from .filters import chosen, sorted_by
from .method import Asked, Method, Page
from .params import Row, integer, mapping, sequence
from .state import ENTITIES, State

_STATUS: Final = ("ID", "ENTITY_ID", "STATUS_ID", "NAME", "SORT", "SYSTEM", "SEMANTICS")
_LEADS: Final = {
    "NEW": None,
    "IN_PROCESS": None,
    "PROCESSED": None,
    "CONVERTED": "S",
    "JUNK": "F",
}
_DEALS: Final = {
    "NEW": None,
    "PREPARATION": None,
    "EXECUTING": None,
    "WON": "S",
    "LOSE": "F",
}
_SOURCES: Final = (
    "CALL EMAIL WEB ADVERTISING PARTNER RECOMMENDATION TRADE_SHOW WEBFORM CALLBACK RC_GENERATOR "
    "STORE OTHER"
)


def furnish(state: State) -> None:
    """What every new portal has: one pipeline, the stages of leads and deals, the sources."""
    add_statuses(state, "STATUS", _LEADS)
    add_statuses(state, "SOURCE", dict.fromkeys(_SOURCES.split()))
    add_statuses(state, "CONTACT_TYPE", dict.fromkeys(("CLIENT", "SUPPLIER", "PARTNER", "OTHER")))
    add_statuses(state, "COMPANY_TYPE", dict.fromkeys(("CUSTOMER", "SUPPLIER", "OTHER")))
    state.categories[0] = "General"
    add_statuses(state, "DEAL_STAGE", _DEALS)


def add_category(state: State, name: str) -> int:
    """One more pipeline with stages of its own, `C<id>:NEW` and so on."""
    id = max(state.categories) + 1
    state.categories[id] = name
    stages = {f"C{id}:{stage}": semantics for stage, semantics in _DEALS.items()}
    add_statuses(state, f"DEAL_STAGE_{id}", stages)
    return id


def add_statuses(state: State, dictionary: str, values: dict[str, str | None]) -> None:
    for position, (value, semantics) in enumerate(values.items(), 1):
        state.statuses.append(
            {
                "ID": state.number("status"),
                "ENTITY_ID": dictionary,
                "STATUS_ID": value,
                "NAME": value.rpartition(":")[2].replace("_", " ").capitalize(),
                "SORT": position * 10,
                "SYSTEM": "Y",
                "SEMANTICS": semantics,
            }
        )


def categories(asked: Asked) -> Page:
    if asked.need("entityTypeId") != ENTITIES["deal"]:
        raise Refused(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    rows = [
        {
            "id": id,
            "name": name,
            "sort": 300 + id,
            "entityTypeId": ENTITIES["deal"],
            "isDefault": "N" if id else "Y",
        }
        for id, name in asked.state.categories.items()
    ]
    return Page({"categories": rows}, len(rows))


def statuses(asked: Asked) -> Page:
    rows = chosen(asked.state.statuses, asked.given.get("filter", {}), _STATUS, _unknown)
    rows = sorted_by(rows, asked.given.get("order", {}) or {"ENTITY_ID": "ASC", "SORT": "ASC"})
    return Page([_status(row) for row in rows], len(rows))


def mode(asked: Asked) -> int:
    return asked.state.mode


def _status(row: Row) -> Row:
    means = {None: "process", "S": "success", "F": "failure"}[row["SEMANTICS"]]
    staged = row["ENTITY_ID"] == "STATUS" or row["ENTITY_ID"].startswith("DEAL_STAGE")
    extra = {"EXTRA": {"SEMANTICS": means}} if staged else {}
    return {**row, "ID": str(row["ID"]), "SORT": str(row["SORT"]), **extra}


def _unknown(name: str) -> Refused:
    return legacy(f"Unknown field {name} in the filter")


METHODS: Final = (
    Method("crm.category.list", categories, {"entityTypeId": integer}, "crm", exact=True),
    Method(
        "crm.status.list",
        statuses,
        {"filter": mapping, "order": mapping, "select": sequence},
        "crm",
    ),
    Method("crm.settings.mode.get", mode, {}, "crm"),
)
