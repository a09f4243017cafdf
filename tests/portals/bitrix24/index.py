"""Entities by what they are asked for most, so that ten thousand of them are found as one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .params import Row
from .phones import international

_FIELDS: Final = ("ID", "ORIGIN_ID", "CONTACT_ID", "COMPANY_ID", "LEAD_ID")
Key = tuple[str, str, str]


class Index:
    """Ids of rows by kind, field and value; of phones as `international` writes them."""

    def __init__(self) -> None:
        self._ids: dict[Key, dict[int, None]] = defaultdict(dict)

    def put(self, kind: str, row: Row) -> None:
        for key in _keys(kind, row):
            self._ids[key][row["ID"]] = None

    def drop(self, kind: str, row: Row) -> None:
        for key in _keys(kind, row):
            self._ids[key].pop(row["ID"], None)

    def by_phone(self, kind: str, phone: str) -> list[int]:
        """However it is written."""
        return sorted(self._ids.get((kind, "PHONE", international(phone)), ()))

    def narrowed(self, kind: str, wanted: Mapping[str, Any]) -> list[int] | None:
        """The only rows that can pass this filter; None: any may."""
        for name in _FIELDS:
            for key in (name, f"={name}"):
                value = wanted.get(key)
                if isinstance(value, str | int) and value != "":
                    return sorted(self._ids.get((kind, name, str(value).casefold()), ()))
        return None


def _keys(kind: str, row: Row) -> Iterator[Key]:
    for name in _FIELDS:
        if row.get(name) is not None:
            yield kind, name, str(row[name]).casefold()
    for each in row.get("PHONE", ()):
        yield kind, "PHONE", international(each["VALUE"])
