"""The port's words as columns of Odoo, and which names of its own may be written."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from bridge.crm.odoo.dictionaries import LOST, MODELS, Dictionary
from bridge.crm.odoo.settings import OdooSettings
from bridge.crm.phones import several
from bridge.crm.trouble import refused
from bridge.crm.words import flag
from bridge.domain.entities import EntityKind

# Words with one column. Those in _ODD are read by `columns` one by one.
_PLAIN: Final[Mapping[EntityKind, Mapping[str, str]]] = {
    EntityKind.CONTACT: {
        "name": "name",
        "owner": "user_id/.id",
        "company": "parent_id/.id",
        "email": "email",
        "comment": "comment",
        "function": "function",
    },
    EntityKind.COMPANY: {
        "name": "name",
        "owner": "user_id/.id",
        "email": "email",
        "inn": "vat",
        "comment": "comment",
    },
    EntityKind.LEAD: {
        "title": "name",
        "name": "contact_name",
        "owner": "user_id/.id",
        "email": "email_from",
        "comment": "description",
        "pipeline": "team_id/.id",
    },
    EntityKind.DEAL: {
        "title": "name",
        "owner": "user_id/.id",
        "comment": "description",
        "pipeline": "team_id/.id",
    },
}
_ODD: Final[Mapping[EntityKind, tuple[str, ...]]] = {
    EntityKind.CONTACT: ("phone",),
    EntityKind.COMPANY: ("phone",),
    EntityKind.LEAD: ("phone", "did", "contact", "company", "stage", "closed"),
    EntityKind.DEAL: ("contact", "company", "stage", "users"),
}
_IDS: Final = ("owner", "contact", "company", "pipeline")
_REFERENCES: Final = ("many2one", "many2many")


class Fields:
    """Raises Trouble for what cannot be written."""

    def __init__(self, settings: OdooSettings, lists: Dictionary) -> None:
        self._settings = settings
        self._lists = lists

    async def check(self, kind: EntityKind, fields: Mapping[str, str]) -> None:
        """Refuse a field that this kind does not have."""
        words, known = self._words(kind), await self._lists.fields(MODELS[kind])
        writable = {name for name, about in known.items() if not about.get("readonly")}
        if unknown := sorted(set(fields) - words - (writable - {"id"})):
            raise refused(
                f"a {kind.value} has no field {', '.join(unknown)} that can be written; it has:"
                f" {', '.join(sorted(words))}, and Odoo's own names"
            )
        for word in _IDS:
            if word in words and (value := fields.get(word)) and not value.strip().isdecimal():
                raise refused(f"there is no {word} {value!r}: ids of Odoo are numbers")
        if "stage" in words and (stage := fields.get("stage")):
            await self._lists.pipeline_of(stage)

    async def columns(self, kind: EntityKind, fields: Mapping[str, str]) -> dict[str, str]:
        """What `load` is given."""
        known = await self._lists.fields(MODELS[kind])
        plain, words = self._plain(kind), self._words(kind)
        made: dict[str, str] = {}
        for word, value in fields.items():
            if word in plain:
                made[plain[word]] = _as_text(known, plain[word], value)
            elif word not in words:
                made[_own(known, word, value)] = _as_text(known, word, value)
        if "phone" in fields:
            made |= await self._phones(kind, fields["phone"])
        if kind in (EntityKind.LEAD, EntityKind.DEAL):
            made |= self._of_a_lead(fields)
        return made

    def _of_a_lead(self, fields: Mapping[str, str]) -> dict[str, str]:
        made: dict[str, str] = {}
        if client := fields.get("contact") or fields.get("company"):
            made["partner_id/.id"] = client
        if did := fields.get("did"):
            made[self._settings.lead.did_field] = did
            if source := self._settings.lead.sources.get(did):
                made["source_id/.id" if source.isdecimal() else "source_id"] = source
        if stage := fields.get("stage"):
            made |= _placed(stage)
        if "closed" in fields:
            made |= _archived() if flag(fields["closed"]) else {"active": "1"}
        return made

    async def _phones(self, kind: EntityKind, value: str) -> dict[str, str]:
        """All numbers take the place of those before; there are as many places as Odoo has."""
        places, given = await self._lists.phones(MODELS[kind]), several(value)
        if len(given) > len(places):
            raise refused(f"a {kind.value} of Odoo holds {len(places)} numbers, not {len(given)}")
        return dict(zip(places, given + [""] * len(places), strict=False))

    def _plain(self, kind: EntityKind) -> dict[str, str]:
        own = self._settings.requisites if kind is EntityKind.COMPANY else {}
        return {**_PLAIN[kind], **own}

    def _words(self, kind: EntityKind) -> set[str]:
        return {*self._plain(kind), *_ODD[kind]}


def _placed(stage: str) -> dict[str, str]:
    """In a stage; what was lost is in work again."""
    return _archived() if stage == LOST else {"stage_id/.id": stage, "active": "1"}


def _archived() -> dict[str, str]:
    """Lost, as `action_set_lost` leaves it."""
    return {"active": "0", "probability": "0"}


def _own(known: Mapping[str, Any], name: str, value: str) -> str:
    """A reference is given by ids, or else by names."""
    reference = known[name]["type"] in _REFERENCES
    by_id = reference and all(part.strip().isdecimal() for part in value.split(","))
    return f"{name}/.id" if by_id else name


def _as_text(known: Mapping[str, Any], column: str, value: str) -> str:
    """Text is text, also where Odoo keeps HTML."""
    about = known.get(column, {})
    return f"<p>{escape(value)}</p>" if about.get("type") == "html" and value else value
