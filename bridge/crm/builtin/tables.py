"""The tables by name, for building statements. What they are is told in migrations/*.sql."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import JSON, Boolean, Integer, String, column, table
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.sql.expression import ColumnClause, TableClause

from bridge.domain.entities import EntityKind

_TYPES: Final[dict[str, Any]] = {
    "fields": JSON(),
    "record": JSON(),
    "active": Boolean(),
    "closed": Boolean(),
    "repeat": Boolean(),
    "done": Boolean(),
}


def _table(name: str, columns: str) -> TableClause:
    return table(name, *(_column(each) for each in columns.split()))


def _column(name: str) -> ColumnClause[Any]:
    return column(name, _TYPES.get(name, Integer() if name == "id" else String()))


USERS: Final = table("users", column("id", String()), *map(_column, ("name", "email", "active")))
EXTENSIONS: Final = _table("extensions", "extension user")
CONTACTS: Final = _table("contacts", "id name search owner company fields created_at changed_at")
COMPANIES: Final = _table("companies", "id name search inn owner fields created_at changed_at")
REQUISITES: Final = _table("requisites", "company name value")
LEADS: Final = _table(
    "leads",
    "id title search did pipeline owner contact company closed repeat fields created_at changed_at",
)
PIPELINES: Final = table("pipelines", *(column(each) for each in ("id", "name", "position")))
STAGES: Final = table(
    "stages", *(column(each) for each in ("pipeline", "id", "name", "position", "closes"))
)
DEALS: Final = _table(
    "deals",
    "id title search pipeline stage closed owner contact company fields created_at changed_at",
)
DEAL_USERS: Final = _table("deal_users", "deal user")
PHONES: Final = _table("phones", "kind entity raw e164")
EMAILS: Final = _table("emails", "kind entity email")
TASKS: Final = _table("tasks", "id title owner kind entity done fields created_at")
NOTES: Final = _table("notes", "id kind entity author text created_at")
CALLS: Final = _table(
    "calls",
    "id call_id direction disposition phone name did user started_at talk_seconds record logged_at",
)
CALL_ENTITIES: Final = _table("call_entities", "call kind entity")
RECORDINGS: Final = _table("recordings", "id call recording location attached_at")
ANNOUNCEMENTS: Final = _table("announcements", "id call_id direction phone name did announced_at")
SHOWN_TO: Final = _table("shown_to", "announcement user")
NOTICES: Final = _table("notices", "id user text created_at")
KEYS: Final = _table("keys", "key result written_at")
HISTORY: Final = _table("history", "id kind entity field old new changed_at")
FEED: Final = _table("feed", "id phone")

ENTITIES: Final = {
    EntityKind.CONTACT: CONTACTS,
    EntityKind.COMPANY: COMPANIES,
    EntityKind.LEAD: LEADS,
    EntityKind.DEAL: DEALS,
}


def put(table: TableClause, *key: str) -> Insert:
    """An INSERT of all columns but `id`; where the row of this key is there, it gets the others."""
    new = insert(table)
    others = [each.name for each in table.columns if each.name not in ("id", *key)]
    return new.on_conflict_do_update(
        index_elements=key, set_={name: new.excluded[name] for name in others}
    )
