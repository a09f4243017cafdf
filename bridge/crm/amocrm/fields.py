"""The port's words as the body of a write, and which fields of the account may be named in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from bridge.crm.amocrm.dictionaries import Dictionary
from bridge.crm.amocrm.entities import kinds
from bridge.crm.amocrm.settings import AmoCrmSettings, place
from bridge.crm.names import printable
from bridge.crm.phones import several
from bridge.crm.shapes import Row
from bridge.crm.trouble import refused
from bridge.crm.words import flag
from bridge.domain.entities import EntityKind

MULTI: Final = {"phone": "PHONE", "email": "EMAIL"}
_COMMON: Final = ("owner",)
_OF_LEADS: Final = (*_COMMON, "title", "price", "contact", "company", "pipeline", "stage")
_WORDS: Final[Mapping[EntityKind, tuple[str, ...]]] = {
    EntityKind.CONTACT: (*_COMMON, "name", "phone", "email", "company"),
    EntityKind.COMPANY: (*_COMMON, "name", "phone", "email"),
    EntityKind.LEAD: (*_OF_LEADS, "closed"),
    EntityKind.DEAL: _OF_LEADS,
}
_NUMBERS: Final = ("owner", "contact", "company", "price", "pipeline", "stage")
_CHECKBOX: Final = "checkbox"


class Fields:
    """Every method raises Trouble for what the account does not have."""

    def __init__(self, settings: AmoCrmSettings, lists: Dictionary) -> None:
        self._settings = settings
        self._lists = lists

    async def body(
        self, kind: EntityKind, fields: Mapping[str, str], stored: Row | None = None
    ) -> Row:
        """What a write of these fields sends, links and places aside. A phone or e-mail that is
        `stored` keeps its kind."""
        for word in _NUMBERS:
            if word in _WORDS[kind] and fields.get(word) and not fields[word].strip().isdecimal():
                raise refused(f"there is no {word} {fields[word]!r}: it is a number there")
        custom = [each async for each in self._custom(kind, fields)]
        for word, code in MULTI.items():
            if word in fields:
                known = kinds(stored, code) if stored else {}
                custom.append(multi(code, several(fields[word]), known))
        made = _plain(kind, fields)
        return {**made, **({"custom_fields_values": custom} if custom else {})}

    def key(self, kind: EntityKind, mark: str) -> list[Row]:
        """Where the mark of a write stands, if the settings name a place for it."""
        id = self._settings.fields.of(kind).get("key")
        return [] if id is None else [_value(id, mark)]

    def names(self, kind: EntityKind, word: str) -> bool:
        """Whether the settings name a field for this word."""
        return word in self._settings.fields.of(kind)

    async def _custom(self, kind: EntityKind, fields: Mapping[str, str]) -> Any:
        named = {word: id for word, id in self._settings.fields.of(kind).items() if word != "key"}
        for word, value in fields.items():
            if word in _WORDS[kind]:
                continue
            field = await self._field(kind, word, named)
            yield _value(field["id"], _typed(field, value))

    async def _field(self, kind: EntityKind, word: str, named: Mapping[str, int]) -> Row:
        """By our word, by its id, or by its code."""
        known = await self._lists.fields(kind)
        id = str(named.get(word, word))
        if id in known:
            return known[id]
        coded = [row for row in known.values() if row["code"] == word]
        if not coded or word in MULTI.values():
            words = ", ".join(sorted({*_WORDS[kind], *named}))
            raise refused(
                f"a {kind.value} has no field {word} that can be written; it has: {words}, and the"
                f" ids of the account's own fields (name more under fields.{place(kind)})"
            )
        return coded[0]


def _plain(kind: EntityKind, fields: Mapping[str, str]) -> Row:
    made: Row = {}
    if fields.get("owner"):
        made["responsible_user_id"] = int(fields["owner"])
    if "name" in fields and kind is EntityKind.CONTACT:
        first, _, last = printable(" ".join(fields["name"].split())).partition(" ")
        made |= {"first_name": first, "last_name": last}
    elif "name" in fields:
        made["name"] = printable(fields["name"])
    if "title" in fields:
        made["name"] = printable(fields["title"])
    if fields.get("price"):
        made["price"] = int(fields["price"])
    return made


def multi(code: str, given: Iterable[str], kinds: Mapping[str, str] = MappingProxyType({})) -> Row:
    """All values of a field that holds several: they take the place of the earlier ones."""
    values = [{"value": value, "enum_code": kinds.get(value, "WORK")} for value in given]
    return {"field_code": code, "values": values}


def _value(id: int, value: Any) -> Row:
    """An empty value is taken away."""
    return {"field_id": id, "values": [] if value == "" else [{"value": value}]}


def _typed(field: Row, value: str) -> Any:
    return flag(value) if field["type"] == _CHECKBOX else value
