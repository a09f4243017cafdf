"""Every method of the portal, found by its name in any case."""

from __future__ import annotations

from typing import Final

from . import (
    activities,
    dictionaries,
    entities,
    events,
    items,
    lines,
    links,
    notices,
    records,
    requisites,
    search,
    statistics,
    tasks,
    telephony,
    users,
)
from .method import Method

_TABLES: Final = (
    activities,
    dictionaries,
    entities,
    events,
    items,
    lines,
    links,
    notices,
    records,
    requisites,
    search,
    statistics,
    tasks,
    telephony,
    users,
)
METHODS: Final[dict[str, Method]] = {
    method.name.lower(): method for table in _TABLES for method in table.METHODS
}
