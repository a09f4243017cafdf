"""The office of the routing tests: its people, its hours, and one client's call to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from bridge.domain.entities import Deal, EntityKind, EntityRef, Match
from bridge.routing.case import Case
from bridge.routing.settings import RoutingSettings

CLIENT: Final = "+79161234567"
SALES: Final = "+74951234501"
# A Wednesday, noon in Moscow.
NOON: Final = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
NIGHT: Final = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
USERS: Final = {"101": "anna", "102": "boris", "103": "clara"}
OFFICE: Final[dict[str, Any]] = {
    "schedules": {"office": {"zone": "Europe/Moscow", "week": {"mon-fri": "09:00-18:00"}}},
    "hours": "office",
}


def contact(owner: str | None = "anna", id: str = "1", **more: Any) -> Match:
    return Match(entity=EntityRef(EntityKind.CONTACT, id), name="Roga", owner=owner, **more)


def deal(owner: str | None, **more: Any) -> Deal:
    return Deal(id="7", owner=owner, **more)


def case(**said: Any) -> Case:
    """A call of the client to sales at noon; `settings` come on top of the office's."""
    settings = RoutingSettings.model_validate({**OFFICE, **said.pop("settings", {})})
    default: dict[str, Any] = {"at": NOON, "number": CLIENT, "did": SALES, "users": USERS}
    return Case(**{**default, **said}, settings=settings)
