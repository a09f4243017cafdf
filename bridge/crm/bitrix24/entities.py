"""Rows of the portal into entities. Values of the older methods are strings, or null."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from bridge.crm.bitrix24.settings import Bitrix24Settings
from bridge.crm.phones import readable
from bridge.crm.php import as_list
from bridge.domain.entities import Company, Contact, Deal, EntityKind, Lead

Row = Mapping[str, Any]
Entity = Contact | Company | Lead | Deal

# Letters of the entities in bindings, and their numbers.
TYPE_IDS: Final = {
    EntityKind.LEAD: 1,
    EntityKind.DEAL: 2,
    EntityKind.CONTACT: 3,
    EntityKind.COMPANY: 4,
}
LETTERS: Final = {
    EntityKind.LEAD: "L",
    EntityKind.DEAL: "D",
    EntityKind.CONTACT: "C",
    EntityKind.COMPANY: "CO",
}
REQUISITES: Final = {
    "inn": "RQ_INN",
    "kpp": "RQ_KPP",
    "ogrn": "RQ_OGRN",
    "ogrnip": "RQ_OGRNIP",
}
# What people fill in beside the words that every CRM has, by our word where there is one.
_SHOWN: Final = {
    "COMMENTS": "comment",
    "SOURCE_ID": "source",
    "SOURCE_DESCRIPTION": "SOURCE_DESCRIPTION",
    "STATUS_ID": "stage",
    "TYPE_ID": "TYPE_ID",
    "POST": "POST",
}


def reference(value: Any) -> str | None:
    """An id, or None: the portal writes nothing, null, an empty string or 0 for none."""
    return None if value in (None, "", "0", 0) else str(value)


def values(multifield: Any) -> list[str]:
    """The values of PHONE or EMAIL as stored."""
    rows = as_list(multifield)
    return [str(row.get("VALUE") or "") for row in rows if isinstance(row, dict)]


def contact(row: Row, settings: Bitrix24Settings) -> Contact:
    return Contact(
        id=str(row["ID"]),
        name=person(row),
        phones=readable(values(row.get("PHONE")), settings.region),
        emails=tuple(values(row.get("EMAIL"))),
        owner=reference(row.get("ASSIGNED_BY_ID")),
        company=reference(row.get("COMPANY_ID")),
        fields=_others(row),
    )


def company(
    row: Row, settings: Bitrix24Settings, requisites: Iterable[Row] = (), deals: Iterable[Row] = ()
) -> Company:
    numbers = {
        word: str(each[name])
        for each in requisites
        for word, name in REQUISITES.items()
        if each.get(name)
    }
    return Company(
        id=str(row["ID"]),
        name=str(row.get("TITLE") or ""),
        phones=readable(values(row.get("PHONE")), settings.region),
        inn=numbers.pop("inn", None),
        requisites=numbers,
        owner=reference(row.get("ASSIGNED_BY_ID")),
        deals=tuple(deal(each, settings) for each in deals),
        fields=_others(row),
    )


def lead(row: Row, settings: Bitrix24Settings) -> Lead:
    kept = {"did": settings.lead.did_field, "pipeline": settings.lead.pipeline_field}
    ours = {word: str(row[name]) for word, name in kept.items() if name and row.get(name)}
    return Lead(
        id=str(row["ID"]),
        title=str(row.get("TITLE") or ""),
        phones=readable(values(row.get("PHONE")), settings.region),
        owner=reference(row.get("ASSIGNED_BY_ID")),
        contact=reference(row.get("CONTACT_ID")),
        company=reference(row.get("COMPANY_ID")),
        closed=row.get("STATUS_SEMANTIC_ID") in ("S", "F"),
        repeat=row.get("IS_RETURN_CUSTOMER") == "Y",
        fields={**_others(row), **ours},
    )


def deal(row: Row, settings: Bitrix24Settings) -> Deal:
    return Deal(
        id=str(row["ID"]),
        title=str(row.get("TITLE") or ""),
        pipeline=str(row.get("CATEGORY_ID") or "0"),
        stage=row.get("STAGE_ID"),
        closed=row.get("CLOSED") == "Y",
        owner=reference(row.get("ASSIGNED_BY_ID")),
        contact=reference(row.get("CONTACT_ID")),
        company=reference(row.get("COMPANY_ID")),
        changed_at=_moment(row.get("DATE_MODIFY")),
        fields=_others(row),
    )


READERS: Final[Mapping[EntityKind, Callable[[Row, Bitrix24Settings], Entity]]] = {
    EntityKind.CONTACT: contact,
    EntityKind.COMPANY: company,
    EntityKind.LEAD: lead,
    EntityKind.DEAL: deal,
}


def person(row: Row) -> str:
    """First, middle and last name as people say them."""
    parts = (str(row.get(name) or "") for name in ("NAME", "SECOND_NAME", "LAST_NAME"))
    return " ".join(filter(None, parts))


def _others(row: Row) -> dict[str, str]:
    names = {name: _SHOWN.get(name, name) for name in row if name in _SHOWN or name[:3] == "UF_"}
    return {
        word: str(row[name])
        for name, word in names.items()
        if row[name] not in (None, "", [], False)
    }


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
