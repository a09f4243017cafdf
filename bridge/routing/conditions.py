"""Conditions on what the CRM knows of a client: field, operator, value.

A field is `deal.stage`, `deal.pipeline`, `contact.owner`, or any field of the CRM's own of a deal,
contact, company or lead (`deal.UF_SEGMENT`). A condition holds when one of the entities has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bridge.domain.entities import Deal, EntityKind, Match

_OWN: Final = {
    "id": lambda match: match.entity.id,
    "name": lambda match: match.name,
    "owner": lambda match: match.owner,
    "company": lambda match: match.company,
}
_DEAL: Final = {
    "id": lambda deal: deal.id,
    "title": lambda deal: deal.title,
    "stage": lambda deal: deal.stage,
    "pipeline": lambda deal: deal.pipeline,
    "owner": lambda deal: deal.owner,
}


def _or_plain(schema: dict[str, Any]) -> None:
    """An editor takes `deal.stage: NEW`, too."""
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [whole, {"type": "string"}]


class Condition(BaseModel):
    """Exactly one of these; letters' case does not matter."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, json_schema_extra=_or_plain
    )

    equals: str | None = None
    not_equals: str | None = None
    contains: str | None = None
    one_of: tuple[str, ...] | None = Field(None, alias="in", min_length=1)
    filled: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        """`deal.stage: NEW` means equals."""
        return {"equals": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Condition:
        if len(self.model_fields_set) != 1:
            raise ValueError("write one of: equals, not_equals, contains, in, filled")
        return self

    def holds(self, values: tuple[str, ...]) -> bool:
        """`values` are what the client's entities have in this field, empty ones left out."""
        (operator,) = self.model_fields_set
        return _OPERATORS[operator](self, tuple(value.casefold() for value in values))


def _same(text: str | None) -> str:
    return (text or "").casefold()


_OPERATORS: Final[Mapping[str, Callable[[Condition, tuple[str, ...]], bool]]] = {
    "equals": lambda said, values: _same(said.equals) in values,
    "not_equals": lambda said, values: _same(said.not_equals) not in values,
    "contains": lambda said, values: any(_same(said.contains) in value for value in values),
    "one_of": lambda said, values: bool({_same(one) for one in said.one_of or ()} & {*values}),
    "filled": lambda said, values: bool(values) is said.filled,
}


def values_of(field: str, matches: tuple[Match, ...]) -> tuple[str, ...]:
    """What the client's entities have in this field, without empty ones."""
    kind, _, name = field.partition(".")
    return tuple(value for value in _values(kind, name, matches) if value)


def known_field(field: str) -> str:
    """Raises ValueError unless the field names a kind of entity and a field."""
    kind, dot, name = field.partition(".")
    if not dot or not name or kind not in {*EntityKind}:
        raise ValueError(f"{field} is no field; write it as deal.stage or contact.SEGMENT")
    return field


def _values(kind: str, name: str, matches: tuple[Match, ...]) -> Iterator[str | None]:
    if kind == EntityKind.DEAL:
        for deal in {deal.id: deal for match in matches for deal in match.open_deals}.values():
            yield _of_deal(deal, name)
        return
    for match in matches:
        if match.entity.kind == kind:
            own = _OWN.get(name)
            yield own(match) if own else match.fields.get(name)


def _of_deal(deal: Deal, name: str) -> str | None:
    own = _DEAL.get(name)
    return own(deal) if own else deal.fields.get(name)
