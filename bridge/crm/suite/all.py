"""Every check, in the order in which a person would read them."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from bridge.crm.suite import calls, companies, contacts, deals, leads, people, routing, safety
from bridge.crm.suite.checks import Check

_ROOMS: Final = (contacts, companies, deals, leads, calls, routing, people, safety)


def _of(room: ModuleType) -> tuple[Check, ...]:
    made = (value for value in vars(room).values() if isinstance(value, tuple))
    return tuple(each for group in made for each in group if isinstance(each, Check))


CHECKS: Final[tuple[Check, ...]] = tuple(check for room in _ROOMS for check in _of(room))
