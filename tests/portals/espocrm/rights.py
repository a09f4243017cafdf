"""What the roles of an API user let it do; without a right EspoCRM answers 403 and says which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_ALL: Final = frozenset({"create", "read", "edit"})
_PEOPLE: Final = ("assignedUserId", "usersIds")


class Forbidden(Exception):
    """The reason that stands in the header, and may be empty."""


@dataclass(frozen=True, slots=True)
class Role:
    """`lacks`: of an entity, what may not be done with it. `assigns`: the right to give records to
    others (Assignment Permission)."""

    lacks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    assigns: bool = True

    def may(self, action: str, entity: str) -> None:
        """Raises Forbidden."""
        if action not in _ALL - self.lacks.get(entity, frozenset()):
            raise Forbidden(f"No {action} access.")

    def gives(self, given: Mapping[str, Any]) -> None:
        """Raises Forbidden where a record is for somebody else."""
        if not self.assigns and any(given.get(name) for name in _PEOPLE):
            raise Forbidden("Assignment failure: assigned user or team not allowed.")
