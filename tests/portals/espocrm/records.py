"""The records of an EspoCRM: what is taken of what is sent, what is computed, what is double."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from tests.portals.espocrm.fields import ENTITIES, PHONE_TYPES, international, known, wrong

Record = dict[str, Any]

_PEOPLE: Final = ("Contact", "Lead", "User")
_CALLED: Final = ("Contact", "Lead", "Account", "User")
_DOUBLES: Final = ("name", "phoneNumber", "emailAddress")
_MOST_NUMBERS: Final = 10  # phoneNumberMaxCount


class Invalid(Exception):
    """`field` and `type` of a validation failure."""

    def __init__(self, field: str, kind: str) -> None:
        super().__init__(field)
        self.field, self.kind = field, kind


class Rules:
    """What this EspoCRM was set to: `numbers` says which are good, `without` names the custom
    fields that nobody has made yet."""

    def __init__(
        self,
        numbers: Callable[[Any], bool] = international,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self.numbers = numbers
        self.without = without

    def made(self, entity: str, given: Mapping[str, Any]) -> Record:
        """A new record: an `id` that is sent is ignored. Raises Invalid."""
        fields = known(entity, self.without)
        defaults = {name: field.default for name, field in fields.items() if field.default}
        record = self.changed(entity, defaults, given)
        for name, field in fields.items():
            if field.required and record.get(name) in (None, ""):
                raise Invalid(name.removesuffix("Id"), "required")
        return {**record, "id": uuid4().hex[:17], "createdAt": _now(), "deleted": False}

    def changed(self, entity: str, before: Record, given: Mapping[str, Any]) -> Record:
        """The record with these fields. Raises Invalid."""
        fields = {
            name: field
            for name, field in ENTITIES[entity].items()
            if name not in self.without and field.kind != "computed"
        }
        taken = {name: value for name, value in given.items() if name in fields}
        for name, value in taken.items():
            if kind := wrong(fields[name], value):
                raise Invalid(re.sub(r"(?<=.)(Ids?|Type|Data)$", "", name), kind)
        record = {**before, **taken, "modifiedAt": _now()}
        if entity in _CALLED:
            self._numbers(entity, record, taken)
        if entity in _PEOPLE:
            first, last = record.get("firstName") or "", record.get("lastName") or ""
            record["name"] = f"{first} {last}".strip()
        if entity == "Call" and str(record.get("dateEnd")) < str(record.get("dateStart")):
            raise Invalid("dateEnd", "after")
        return record

    def _numbers(self, entity: str, record: Record, given: Mapping[str, Any]) -> None:
        """One that is sent alone becomes the primary one, and the others stay."""
        for name in ("phoneNumber", "emailAddress"):
            if name in given and f"{name}Data" not in given:
                others = [row for row in record.get(f"{name}Data") or [] if not row.get("primary")]
                mine = [{name: given[name], "primary": True}] if given[name] else []
                record[f"{name}Data"] = [*mine, *others]
            rows = record.get(f"{name}Data") or []
            record[name] = _primary(rows, name)
        self._check(entity, record.get("phoneNumberData") or [])
        record["phoneNumberNumeric"] = None

    def _check(self, entity: str, rows: list[Any]) -> None:
        types = [each for each in PHONE_TYPES if (entity, each) != ("Account", "Home")]
        for row in rows:
            good = isinstance(row, dict) and self.numbers(row.get("phoneNumber"))
            if not good or row.get("type", types[0]) not in types:
                raise Invalid("phoneNumber", "valid")
        if len(rows) > _MOST_NUMBERS:
            raise Invalid("phoneNumber", "maxCount")


def double(entity: str, record: Record, others: list[Record]) -> list[Record]:
    """The records that EspoCRM takes for the same: by name, phone or e-mail."""
    if entity not in ("Contact", "Lead", "Account"):
        return []
    return [
        other
        for other in others
        if any(record.get(name) and other.get(name) == record[name] for name in _DOUBLES)
    ]


def shown(entity: str, record: Record, *, in_a_list: bool = False) -> Record:
    """As an answer has it. A list shows the primary number and address alone; the length of a call
    is computed when it is read; what a file held is not shown."""
    hidden = {"deleted", "file", "phoneNumberNumeric"}
    if in_a_list:
        hidden |= {"phoneNumberData", "emailAddressData"}
    made = {name: value for name, value in record.items() if name not in hidden}
    if entity == "Call":
        made["duration"] = _length(record)
    return made


def _length(record: Record) -> int:
    start, end = (datetime.fromisoformat(record[name]) for name in ("dateStart", "dateEnd"))
    return int((end - start).total_seconds())


def _primary(rows: list[Any], name: str) -> str | None:
    ordered = sorted(rows, key=lambda row: not row.get("primary"))
    return str(ordered[0][name]) if ordered else None


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
