"""Application: a request of a client that came by the web site, e-mail, telephone or an operator.

One JSON object whichever way it came, so that it goes the same way into every CRM.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks. `phone` is E.164; `fields` are the CRM's own fields of a contact."""

    name: str = ""
    phone: str | None = None
    email: str | None = None
    fields: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.phone or self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """For which company. `requisite` is any other number that its papers bear (OGRN, KPP …)."""

    name: str = ""
    phone: str | None = None
    inn: str | None = None
    requisite: str | None = None
    fields: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.inn or self.requisite)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for. `id`: the deal that it changes, where the sender knows it."""

    title: str = ""
    id: str | None = None
    fields: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.title or self.id or self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """`id` is the sender's: the same id twice is one application. Parts that are empty ask for
    nothing: filling them is what makes something happen. `topic` chooses the pipeline, `user` is
    the CRM's user who becomes responsible, `sent_by` the token under which it came."""

    id: str
    source: str
    received_at: datetime
    sent_by: str | None = None
    topic: str | None = None
    user: str | None = None
    person: Person = field(default_factory=Person)
    company: Organisation = field(default_factory=Organisation)
    deal: Wish = field(default_factory=Wish)

    @property
    def about(self) -> str:
        """Its name in the outbox, where calls are named by their call id."""
        return f"{PREFIX}{self.id}"

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What `to_json` wrote. Raises ValueError on anything else."""
        read: Self = _ADAPTER.validate_python(data)
        return read


PREFIX: Final = "application-"
_ADAPTER: Final[TypeAdapter[Any]] = TypeAdapter(Application)
