"""What a method of the portal is: a row of a table with its name, parameters, scope and work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .errors import missing
from .params import Kind, Row

if TYPE_CHECKING:
    from .state import State


class Way(StrEnum):
    """The kind of authorisation."""

    APP = "app"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Who:
    """On whose behalf a request is made. `root`: where its further requests go, `query`: with
    what (an upload needs both)."""

    user: int
    way: Way
    scopes: frozenset[str]
    root: str = "rest"
    query: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a method: checked parameters, and the portal's state to read and change."""

    state: State
    who: Who
    given: Row

    def need(self, name: str) -> Any:
        if self.given.get(name) in (None, "", []):
            raise missing(name)
        return self.given[name]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of a list method; `result` is one page of it."""

    result: Any
    total: int | None = None
    next: int | None = None


Work = Callable[[Asked], Any | Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """`app_only`: a webhook is refused. `exact`: parameter names are not folded."""

    name: str
    work: Work
    params: Mapping[str, Kind] = field(default_factory=dict)
    scope: str = ""
    app_only: bool = False
    exact: bool = False
