"""Rows of Odoo into entities. Nothing is `false` there, and a reference is `[id, name]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

from bridge.crm.odoo.dictionaries import LOST
from bridge.crm.odoo.settings import OdooSettings
from bridge.crm.phones import readable, several
from bridge.domain.entities import Company, Contact, Deal, EntityKind, Lead

Row = Mapping[str, Any]

PHONES: Final = ("phone", "mobile")
# What people fill in beside the words that every CRM has, by our word where there is one.
_SHOWN: Final = {"comment": "comment", "description": "comment", "function": "function"}
_PLAIN: Final = frozenset(
    {"char", "text", "html", "selection", "integer", "float", "date", "boolean", "many2one"}
)
_TAG: Final = re.compile(r"<[^<>]+>")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "res.partner": (
        "name",
        "active",
        "email",
        "is_company",
        "parent_id",
        "commercial_partner_id",
        "user_id",
        "vat",
        "comment",
        "function",
    ),
    "crm.lead": (
        "name",
        "type",
        "active",
        "contact_name",
        "partner_name",
        "email_from",
        "partner_id",
        "user_id",
        "team_id",
        "stage_id",
        "tag_ids",
        "description",
        "write_date",
    ),
}


def columns(model: str, known: Mapping[str, Any], settings: OdooSettings) -> list[str]:
    """What is read of a row, as far as this Odoo has it; fields of the company's own too."""
    wanted = [*COLUMNS[model], *PHONES, settings.lead.did_field, *settings.requisites.values()]
    own = (name for name, about in known.items() if name[:2] == "x_" and about["type"] in _PLAIN)
    return [name for name in dict.fromkeys([*wanted, *own]) if name in known]


def reference(value: Any) -> str | None:
    """The id of `[id, name]`, or None."""
    return str(value[0]) if value else None


def numbers(row: Row) -> list[str]:
    """As stored."""
    return [row[name] for name in PHONES if row.get(name)]


def kind_of(partner: Row) -> EntityKind:
    return EntityKind.COMPANY if partner["is_company"] else EntityKind.CONTACT


def contact(row: Row, settings: OdooSettings) -> Contact:
    return Contact(
        id=str(row["id"]),
        name=row["name"],
        phones=readable(numbers(row), settings.region),
        emails=tuple(several(row["email"])),
        owner=reference(row["user_id"]),
        company=reference(row["parent_id"]),
        fields=others(row),
    )


def company(row: Row, settings: OdooSettings, deals: Iterable[Deal] = ()) -> Company:
    named = {word: row.get(name) for word, name in settings.requisites.items()}
    return Company(
        id=str(row["id"]),
        name=row["name"],
        phones=readable(numbers(row), settings.region),
        inn=row.get("vat") or None,
        requisites={word: str(value) for word, value in named.items() if value},
        owner=reference(row["user_id"]),
        deals=tuple(deals),
        fields=others(row),
    )


def lead(
    row: Row, partners: Mapping[str, Row], settings: OdooSettings, won: bool, tag: int | None
) -> Lead:
    person, firm = client_of(row, partners)
    did = row.get(settings.lead.did_field)
    return Lead(
        id=str(row["id"]),
        title=row["name"],
        phones=readable(numbers(row), settings.region),
        owner=reference(row["user_id"]),
        contact=person,
        company=firm,
        closed=won or not row["active"],
        repeat=tag in row["tag_ids"],
        fields={
            **others(row),
            **({"did": str(did)} if did else {}),
            **_if("stage", reference(row["stage_id"])),
            **_if("pipeline", reference(row["team_id"])),
        },
    )


def deal(row: Row, partners: Mapping[str, Row], *, won: bool) -> Deal:
    person, firm = client_of(row, partners)
    return Deal(
        id=str(row["id"]),
        title=row["name"],
        pipeline=reference(row["team_id"]),
        stage=reference(row["stage_id"]) if row["active"] else LOST,
        closed=won or not row["active"],
        owner=reference(row["user_id"]),
        contact=person,
        company=firm,
        changed_at=moment(row["write_date"]),
        fields=others(row),
    )


def client_of(row: Row, partners: Mapping[str, Row]) -> tuple[str | None, str | None]:
    """The contact and the company of a lead or deal: its customer, and whom that belongs to."""
    id = reference(row["partner_id"])
    partner = partners.get(id or "")
    if id is None or partner is None:
        return id, None
    if partner["is_company"]:
        return None, id
    return id, reference(partner["parent_id"])


def title(row: Row) -> str:
    """Who a lead is about."""
    return str(row["contact_name"] or row["partner_name"] or row["name"])


def others(row: Row) -> dict[str, str]:
    """The company's own fields, as text."""
    names = {name: _SHOWN.get(name, name) for name in row if name in _SHOWN or name[:2] == "x_"}
    values = {word: _text(row[name]) for name, word in names.items()}
    return {word: value for word, value in values.items() if value}


def moment(value: Any) -> datetime | None:
    """Odoo writes UTC without saying so."""
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _text(value: Any) -> str:
    if value in (False, None):
        return ""
    if isinstance(value, list):
        return str(value[1]) if len(value) == 2 else ""
    return unescape(_TAG.sub("", str(value))).strip()


def _if(word: str, value: str | None) -> dict[str, str]:
    return {word: value} if value else {}
