"""One request as its handler sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .problems import Row, problem
from .state import State


@dataclass(frozen=True, slots=True)
class Asked:
    """`names` are the parts of the path that the route leaves open; `user` whoever the token is."""

    state: State
    names: dict[str, str]
    query: Row
    body: Any
    address: str
    user: int

    @property
    def kind(self) -> str:
        return self.names["kind"]

    @property
    def id(self) -> int:
        return int(self.names["id"])

    def entity(self) -> Row:
        """The contact, company or lead that the path names. Raises Problem."""
        row = self.state.entities[self.kind].get(self.id)
        if row is None or row["is_deleted"]:
            raise problem(404)
        return row


Work = Callable[[Asked], Any]
