"""The records of an EspoCRM: what each entity requires, what it computes, what counts as double."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

Record = dict[str, Any]

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_PEOPLE: Final = ("Contact", "Lead", "User")
_CALLED: Final = ("Contact", "Lead", "Account", "User")
REQUIRED: Final = {
    "Contact": ("lastName",),
    "Lead": ("lastName",),
    "Account": ("name",),
    "Opportunity": ("name", "stage"),
    "Call": ("name", "status", "dateStart", "dateEnd", "assignedUserId"),
    "Task": ("name", "status"),
    "Attachment": ("name", "type", "role", "file"),
    "Note": ("type", "post"),
    "User": ("userName",),
}
STAGES: Final = (
    "Prospecting",
    "Qualification",
    "Proposal",
    "Negotiation",
    "Closed Won",
    "Closed Lost",
)
_CHOICES: Final = {
    ("Opportunity", "stage"): STAGES,
    ("Call", "direction"): ("Outbound", "Inbound"),
    ("Call", "status"): ("Planned", "Held", "Not Held"),
    ("Task", "status"): ("Not Started", "Started", "Completed", "Canceled", "Deferred"),
    ("Lead", "status"): ("New", "Assigned", "In Process", "Converted", "Recycled", "Dead"),
}


class Invalid(Exception):
    """`field` and `type` of a validation failure."""

    def __init__(self, field: str, kind: str) -> None:
        super().__init__(field)
        self.field, self.kind = field, kind


def made(entity: str, given: Mapping[str, Any]) -> Record:
    """A new record: an `id` that is sent is ignored. Raises Invalid."""
    record = changed(entity, {}, given)
    for field in REQUIRED[entity]:
        if record.get(field) in (None, ""):
            raise Invalid(field, "required")
    return {**record, "id": uuid4().hex[:17]}


def changed(entity: str, before: Record, given: Mapping[str, Any]) -> Record:
    """The record with these fields. Raises Invalid."""
    record = {**before, **{name: value for name, value in given.items() if name != "id"}}
    for (kind, field), choices in _CHOICES.items():
        if kind == entity and record.get(field) not in (None, *choices):
            raise Invalid(field, "valid")
    if entity in _CALLED:
        _numbers(record, given)
    if entity in _PEOPLE:
        first, last = record.get("firstName") or "", record.get("lastName") or ""
        record["name"] = f"{first} {last}".strip() or record.get("name", "")
    return record


def double(entity: str, record: Record, others: list[Record]) -> list[Record]:
    """The records that EspoCRM takes for the same: by name, phone or e-mail."""
    if entity not in ("Contact", "Lead", "Account"):
        return []
    keys = ("name", "phoneNumber", "emailAddress")
    return [
        other for other in others if any(record.get(k) and other.get(k) == record[k] for k in keys)
    ]


def in_a_list(record: Record) -> Record:
    """A list shows the primary number and address alone."""
    return {
        name: value
        for name, value in record.items()
        if name not in ("phoneNumberData", "emailAddressData")
    }


def _numbers(record: Record, given: Mapping[str, Any]) -> None:
    if "phoneNumber" in given and "phoneNumberData" not in given:
        record["phoneNumberData"] = [{"phoneNumber": given["phoneNumber"], "primary": True}]
    if "emailAddress" in given and "emailAddressData" not in given:
        record["emailAddressData"] = [{"emailAddress": given["emailAddress"], "primary": True}]
    phones = record.get("phoneNumberData") or []
    if any(not _E164.fullmatch(str(row.get("phoneNumber"))) for row in phones):
        raise Invalid("phoneNumber", "valid")
    emails = record.get("emailAddressData") or []
    record["phoneNumber"] = _primary(phones, "phoneNumber")
    record["emailAddress"] = _primary(emails, "emailAddress")


def _primary(rows: list[Mapping[str, Any]], name: str) -> str | None:
    ordered = sorted(rows, key=lambda row: not row.get("primary"))
    return str(ordered[0][name]) if ordered else None
