"""The port's words as the portal's fields, and which names of its own may be written.

The portal overlooks a field that it does not have: a typing error would vanish silently, so a
name is looked up in `crm.<kind>.fields` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.crm.bitrix24.dictionaries import Dictionary
from bridge.crm.bitrix24.entities import REQUISITES
from bridge.crm.bitrix24.settings import Bitrix24Settings
from bridge.crm.trouble import refused
from bridge.domain.entities import EntityKind

# Words with one field of the portal. The others below are read by `write`.
_COMMON: Final = {"owner": "ASSIGNED_BY_ID", "comment": "COMMENTS"}
_PLAIN: Final[Mapping[EntityKind, Mapping[str, str]]] = {
    EntityKind.CONTACT: {**_COMMON, "company": "COMPANY_ID", "source": "SOURCE_ID"},
    EntityKind.COMPANY: {**_COMMON, "name": "TITLE"},
    EntityKind.LEAD: {
        **_COMMON,
        "title": "TITLE",
        "contact": "CONTACT_ID",
        "company": "COMPANY_ID",
        "stage": "STATUS_ID",
        "source": "SOURCE_ID",
    },
    EntityKind.DEAL: {
        **_COMMON,
        "title": "TITLE",
        "stage": "STAGE_ID",
        "contact": "CONTACT_ID",
        "company": "COMPANY_ID",
        "source": "SOURCE_ID",
    },
}
_ODD: Final[Mapping[EntityKind, tuple[str, ...]]] = {
    EntityKind.CONTACT: ("name", "phone", "email"),
    EntityKind.COMPANY: ("phone", "email", *REQUISITES),
    EntityKind.LEAD: ("name", "phone", "email", "did", "pipeline", "closed"),
    EntityKind.DEAL: ("users",),
}
_IDS: Final = ("owner", "contact", "company")


def words(kind: EntityKind) -> set[str]:
    """The words that this kind takes."""
    return {*_PLAIN[kind], *_ODD[kind]}


async def check(kind: EntityKind, fields: Mapping[str, str], lists: Dictionary) -> None:
    """Refuse a field that this kind does not have. Raises Trouble."""
    others = set(fields) - words(kind)
    own = await lists.fields(kind) if others else {}
    writable = {name for name, about in own.items() if not about.get("isReadOnly")}
    if unknown := sorted(others - writable):
        known = ", ".join(sorted(words(kind)))
        raise refused(
            f"a {kind.value} has no field {', '.join(unknown)} that can be written; it has:"
            f" {known}, and the portal's own names"
        )
    for word in _IDS:
        if fields.get(word) and word in words(kind) and not fields[word].strip().isdecimal():
            raise refused(f"there is no {word} {fields[word]!r}: ids of the portal are numbers")


def plain(kind: EntityKind, fields: Mapping[str, str]) -> dict[str, Any]:
    """Fields with one place each; the portal's own names stay as they are."""
    known = _PLAIN[kind]
    mine = {known[word]: value for word, value in fields.items() if word in known}
    own = {name: value for name, value in fields.items() if name not in words(kind)}
    if "name" in fields and kind in (EntityKind.CONTACT, EntityKind.LEAD):
        first, _, last = " ".join(fields["name"].split()).partition(" ")
        mine |= {"NAME": first, "SECOND_NAME": "", "LAST_NAME": last}
    return {**mine, **own}


def of_a_lead(fields: Mapping[str, str], settings: Bitrix24Settings) -> dict[str, Any]:
    """What a lead has no field for goes where the settings say; a source for each number."""
    placed: dict[str, Any] = {}
    if did := fields.get("did"):
        source = settings.lead.sources.get(did, settings.lead.source)
        placed |= {settings.lead.did_field: did, "SOURCE_ID": source}
    if (pipeline := fields.get("pipeline")) and settings.lead.pipeline_field:
        placed[settings.lead.pipeline_field] = pipeline
    return placed
