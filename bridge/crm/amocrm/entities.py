"""Rows of the account into entities. Its lead is our deal, and our lead where a stranger called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bridge.crm.amocrm.settings import AmoCrmSettings
from bridge.crm.phones import readable
from bridge.crm.shapes import Row
from bridge.domain.entities import Company, Contact, Deal, EntityKind, Lead

PLURAL: Final = {
    EntityKind.CONTACT: "contacts",
    EntityKind.COMPANY: "companies",
    EntityKind.LEAD: "leads",
    EntityKind.DEAL: "leads",
}
REQUISITES: Final[tuple[str, ...]] = ("kpp", "ogrn", "ogrnip")
DID_TAG: Final = "DID "  # where a lead has no field for the dialled number
_CLOSED: Final = (142, 143)
_LONGEST_ID: Final = 18  # digits


def is_id(text: str) -> bool:
    """Whether this may be the id of something: anybody may post to us what is none."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID


def reference(id: int | None) -> str | None:
    """An id as the port has it."""
    return None if id is None else str(id)


def values(row: Row, code: str) -> list[str]:
    """The values of a field by its code, as stored."""
    return [str(value["value"] or "") for value in _values(row, code)]


def kinds(row: Row, code: str) -> dict[str, str]:
    """What kind each value of a field is, WORK or MOB, say."""
    return {str(value["value"] or ""): value["enum_code"] or "WORK" for value in _values(row, code)}


def own(row: Row) -> dict[str, str]:
    """Every custom field by its id; several values with commas."""
    return {
        str(each["field_id"]): ", ".join(str(value["value"] or "") for value in each["values"])
        for each in row["custom_fields_values"]
    }


def tags(row: Row) -> list[str]:
    return [each["name"] for each in row["_embedded"]["tags"]]


def linked(row: Row, kind: EntityKind) -> list[str]:
    """The ids of this kind that the row came with."""
    return [str(each["id"]) for each in row["_embedded"][PLURAL[kind]]]


def is_open(row: Row) -> bool:
    return row["status_id"] not in _CLOSED and not row["is_deleted"]


def fields(row: Row, kind: EntityKind, settings: AmoCrmSettings) -> dict[str, str]:
    """By our words where the settings name them, else by id; without what every CRM has."""
    words = {str(id): word for word, id in settings.fields.of(kind).items()}
    hidden = [
        str(each["field_id"])
        for each in row["custom_fields_values"]
        if each["field_code"] in ("PHONE", "EMAIL")
    ]
    return {
        words.get(id, id): value
        for id, value in own(row).items()
        if id not in hidden and words.get(id) != "key"
    }


def contact(row: Row, settings: AmoCrmSettings) -> Contact:
    return Contact(
        id=str(row["id"]),
        name=row["name"],
        phones=readable(values(row, "PHONE"), settings.region),
        emails=tuple(values(row, "EMAIL")),
        owner=reference(row["responsible_user_id"]),
        company=next(iter(linked(row, EntityKind.COMPANY)), None),
        fields=fields(row, EntityKind.CONTACT, settings),
    )


def company(row: Row, settings: AmoCrmSettings, leads: Iterable[Row] = ()) -> Company:
    others = fields(row, EntityKind.COMPANY, settings)
    inn = others.pop("inn", None)
    requisites = {word: others.pop(word) for word in REQUISITES if word in others}
    return Company(
        id=str(row["id"]),
        name=row["name"],
        phones=readable(values(row, "PHONE"), settings.region),
        inn=inn,
        requisites=requisites,
        owner=reference(row["responsible_user_id"]),
        deals=tuple(deal(each, settings) for each in leads),
        fields=others,
    )


def deal(row: Row, settings: AmoCrmSettings) -> Deal:
    return Deal(
        id=str(row["id"]),
        title=row["name"],
        pipeline=reference(row["pipeline_id"]),
        stage=reference(row["status_id"]),
        closed=not is_open(row),
        owner=reference(row["responsible_user_id"]),
        contact=next(iter(linked(row, EntityKind.CONTACT)), None),
        company=next(iter(linked(row, EntityKind.COMPANY)), None),
        changed_at=_moment(row["updated_at"]),
        fields=fields(row, EntityKind.DEAL, settings),
    )


def lead(row: Row, settings: AmoCrmSettings, contacts: Mapping[str, Row]) -> Lead:
    """`contacts` are the rows of its contacts: a lead has no phones of its own."""
    mine = [contacts[id] for id in linked(row, EntityKind.CONTACT) if id in contacts]
    raws = [raw for each in mine for raw in values(each, "PHONE")]
    others = fields(row, EntityKind.LEAD, settings)
    place = {"pipeline": row["pipeline_id"], "stage": row["status_id"]}
    others |= {word: str(id) for word, id in place.items() if id}
    if did := next((tag for tag in tags(row) if tag.startswith(DID_TAG)), None):
        others.setdefault("did", did.removeprefix(DID_TAG))
    return Lead(
        id=str(row["id"]),
        title=row["name"],
        phones=readable(raws, settings.region),
        owner=reference(row["responsible_user_id"]),
        contact=next(iter(linked(row, EntityKind.CONTACT)), None),
        company=next(iter(linked(row, EntityKind.COMPANY)), None),
        closed=not is_open(row),
        repeat=settings.lead.repeat_tag in tags(row),
        fields=others,
    )


READERS: Final[Mapping[EntityKind, Callable[[Row, AmoCrmSettings], Any]]] = {
    EntityKind.CONTACT: contact,
    EntityKind.COMPANY: company,
    EntityKind.DEAL: deal,
}


def _values(row: Row, code: str) -> Iterable[Row]:
    for each in row["custom_fields_values"]:
        if each["field_code"] == code:
            yield from each["values"]


def _moment(at: int | None) -> datetime | None:
    try:
        return None if at is None else datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
