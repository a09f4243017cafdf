"""Writing an entity: checked against its fields, and what the portal adds by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from . import multifields
from .fields import READ, Field, Use, blank, fields
from .params import Row
from .state import Call, State

_TITLES: Final = {"lead": "Lead #{}", "deal": "Deal #{}", "company": "Company #{}", "contact": ""}
_REFERS: Final = {
    "crm_lead": "lead",
    "crm_contact": "contact",
    "crm_company": "company",
}


class Unfit(ValueError):
    """A field that does not exist, may not be written, or cannot hold this."""


def add(state: State, kind: str, given: Mapping[str, Any], user: int) -> Row:
    """The new row. Raises Unfit."""
    row = blank(state, kind)
    row |= {"ASSIGNED_BY_ID": user, "CREATED_BY_ID": user, "OPENED": "N"}
    if kind == "lead":
        row |= {"STATUS_ID": "NEW"}
    if kind == "deal":
        row |= {"CATEGORY_ID": 0, "IS_RETURN_CUSTOMER": "N", "IS_REPEATED_APPROACH": "N"}
    _write(state, kind, row, given, (Use.WRITTEN, Use.AT_ADD))
    for name, one in fields(state, kind).items():
        if one.required and not row[name]:
            raise Unfit(f'The field "{name}" is required.')
    row["ID"] = state.number(kind)
    row["DATE_CREATE"] = state.clock.iso()
    row["TITLE"] = row.get("TITLE") or _TITLES[kind].format(row["ID"])
    if kind == "contact":
        del row["TITLE"]
    if kind == "lead":
        known = row["CONTACT_ID"] or row["COMPANY_ID"]
        row["IS_RETURN_CUSTOMER"] = "Y" if known and state.repeat_leads else "N"
    _settle(state, kind, row, user)
    state.entities[kind][row["ID"]] = row
    state.index.put(kind, row)
    tell(state, kind, "ADD", row["ID"])
    return row


def update(state: State, kind: str, row: Row, given: Mapping[str, Any], user: int) -> None:
    """Raises Unfit, and then nothing is changed."""
    changed = dict(row)
    _write(state, kind, changed, given, (Use.WRITTEN,))
    _settle(state, kind, changed, user)
    state.index.drop(kind, row)
    row.update(changed)
    state.index.put(kind, row)
    tell(state, kind, "UPDATE", row["ID"])


def delete(state: State, kind: str, id: int) -> None:
    state.index.drop(kind, state.entities[kind].pop(id))
    tell(state, kind, "DELETE", id)


def tell(state: State, kind: str, what: str, id: int) -> None:
    state.tell(f"ONCRM{kind.upper()}{what}", {"FIELDS": {"ID": str(id)}})


def from_call(state: State, call: Call, source: str | None) -> None:
    """CRM_CREATE: a lead, or in simple mode a contact with a deal."""
    if state.lead_creation_error:
        call.create_error = state.lead_creation_error
        return
    phone = [{"VALUE": call.phone, "VALUE_TYPE": "WORK"}]
    title = f"{call.phone} - {'Outgoing' if call.type == 1 else 'Incoming'} call"
    given = {"PHONE": phone, "SOURCE_ID": source or "CALL"}
    if state.mode == 1:
        lead = add(state, "lead", {**given, "TITLE": title}, call.user)
        call.created = [("lead", lead["ID"])]
    else:
        contact = add(state, "contact", {**given, "NAME": call.phone}, call.user)
        deal = {"TITLE": title, "CONTACT_ID": contact["ID"], "SOURCE_ID": given["SOURCE_ID"]}
        call.created = [
            ("contact", contact["ID"]),
            ("deal", add(state, "deal", deal, call.user)["ID"]),
        ]
    call.entity = call.created[0]


def _write(
    state: State, kind: str, row: Row, given: Mapping[str, Any], uses: tuple[Use, ...]
) -> None:
    known = fields(state, kind)
    for name, value in given.items():
        one = known.get(name)
        if one is None:
            raise Unfit(f"Unknown field {name} of a {kind}")
        if one.use not in uses:
            raise Unfit(f"The field {name} is read-only")
        try:
            row[name] = _read(state, name, one, row, value)
        except ValueError as error:
            raise Unfit(f"The field {name} {error}") from None
    if kind == "deal":
        _replace_contacts(row, given)


def _replace_contacts(row: Row, given: Mapping[str, Any]) -> None:
    """The primary contact and all contacts: which is written, decides about the other."""
    if "CONTACT_IDS" in given and "CONTACT_ID" not in given:
        row["CONTACT_ID"] = None
    elif "CONTACT_ID" in given and "CONTACT_IDS" not in given:
        row["CONTACT_IDS"] = []


def _read(state: State, name: str, one: Field, row: Row, value: Any) -> Any:
    if one.several:
        return multifields.written(state, name, row[name], value)
    if value in ("", None, 0, "0") and one.type in _REFERS:
        return None
    read = READ[one.type](value)
    if one.type in _REFERS and read not in state.entities[_REFERS[one.type]]:
        raise ValueError(f"names no {_REFERS[one.type]}: {read}")
    if one.type == "user" and read not in state.users:
        raise ValueError(f"names no user: {read}")
    if one.status and read and not _listed(state, one.status, read):
        raise ValueError(f"has no value {read!r} in the dictionary {one.status}")
    return read


def _listed(state: State, dictionary: str, value: str) -> bool:
    return any(
        row["STATUS_ID"] == value
        for row in state.statuses
        if row["ENTITY_ID"] == dictionary
        or (dictionary == "DEAL_STAGE" and row["ENTITY_ID"].startswith("DEAL_STAGE_"))
    )


def _settle(state: State, kind: str, row: Row, user: int) -> None:
    """What follows from what was written."""
    row["DATE_MODIFY"] = row["LAST_ACTIVITY_TIME"] = state.clock.iso()
    row["MODIFY_BY_ID"] = user
    if kind == "lead":
        row["STATUS_SEMANTIC_ID"] = _semantics(state, "STATUS", row["STATUS_ID"])
    if kind == "deal":
        _settle_deal(state, row)
    else:
        row["HAS_PHONE"] = "Y" if row["PHONE"] else "N"
        row["HAS_EMAIL"] = "Y" if row["EMAIL"] else "N"


def _settle_deal(state: State, row: Row) -> None:
    category = row["CATEGORY_ID"]
    if category not in state.categories:
        raise Unfit(f"The field CATEGORY_ID names no pipeline: {category}")
    dictionary = f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"
    stages = [one["STATUS_ID"] for one in state.statuses if one["ENTITY_ID"] == dictionary]
    row["STAGE_ID"] = row["STAGE_ID"] or stages[0]
    if row["STAGE_ID"] not in stages:
        raise Unfit(f"The stage {row['STAGE_ID']} is not one of pipeline {category}")
    row["STAGE_SEMANTIC_ID"] = _semantics(state, dictionary, row["STAGE_ID"])
    row["CLOSED"] = "N" if row["STAGE_SEMANTIC_ID"] == "P" else "Y"
    first = [row["CONTACT_ID"]] if row["CONTACT_ID"] else []
    row["CONTACT_IDS"] = first + [one for one in row["CONTACT_IDS"] or [] if one not in first]
    row["CONTACT_ID"] = next(iter(row["CONTACT_IDS"]), None)


def _semantics(state: State, dictionary: str, value: str) -> str:
    """P in work, S won, F lost."""
    for row in state.statuses:
        if (row["ENTITY_ID"], row["STATUS_ID"]) == (dictionary, value):
            return row["SEMANTICS"] or "P"
    return "P"
