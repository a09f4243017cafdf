"""An example of a call and what must become of it: how a company tests its own rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bridge.domain.entities import Deal, EntityKind, EntityRef, Match
from bridge.domain.numbers import country, e164, withheld
from bridge.routing.case import Case, Path, Talked
from bridge.routing.conditions import known_field
from bridge.routing.presence import Presence
from bridge.routing.settings import RoutingSettings
from bridge.rules.policy import Policy

_DIGITS: Final = re.compile(r"(?:\d\W*){7}")
_OWN_OF_MATCH: Final = frozenset({"name", "owner", "company"})
_OWN_OF_DEAL: Final = frozenset({"title", "pipeline", "stage", "owner"})


def _a_number(text: str | None) -> str | None:
    """Digits enough for a client's number, or a word for a hidden one."""
    if not (withheld(text) or text is None or _DIGITS.search(text)):
        raise ValueError("this is no number of a client: write it as +79161234567, or `anonymous`")
    return text


class Expected(BaseModel):
    """What must come out; what is not said may be anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str | None = None
    dial: str | None = None
    status: str | None = None
    language: str | None = None
    priority: str | None = None
    say: str | None = Field(None, description="as BRIDGE_SAY: files joined by &")
    group: str | None = None
    min_penalty: str | None = None
    max_penalty: str | None = None
    deputy: str | None = Field(None, description="what Dial() takes when `dial` is silent")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is expected; say at least one, like `label: owner`")
        return self


class ExampleCall(BaseModel):
    """One call; without a number, or with `anonymous`, the client hides it. `fields` are what the
    CRM has of the client (`contact.owner`, `deal.stage`, any of its own), nothing for a stranger;
    `talked` is who talked with him a day before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[str | None, AfterValidator(_a_number)] = None
    at: datetime = datetime(2026, 1, 12, 12, 0)
    name: str = ""
    did: str | None = None
    key: str | None = None
    fields: dict[Annotated[str, AfterValidator(known_field)], str] = Field(default_factory=dict)
    presence: dict[str, Presence] = Field(default_factory=dict)
    talked: str | None = None

    def case(
        self, settings: RoutingSettings, users: Mapping[str, str], policy: Policy, region: str
    ) -> Case:
        """A time without an offset is one of the company's clock."""
        at = self.at if self.at.tzinfo else self.at.replace(tzinfo=settings.zone)
        number = e164(self.number, region)
        day_before = at - timedelta(days=1)
        return Case(
            at=at,
            number=number,
            did=e164(self.did, region),
            hidden=number is None and withheld(self.number),
            matches=client(self.fields),
            users=users,
            presence=self.presence,
            last_talk=Talked(extension=self.talked, at=day_before) if self.talked else None,
            country=country(number) if number else None,
            key=self.key,
            settings=settings,
            policy=policy,
        )


class Example(ExampleCall):
    """A call at a moment that counts, and where it must go."""

    at: datetime
    expect: Expected

    def differences(self, path: Path) -> list[str]:
        """In words; empty when everything is as it must be."""
        decision = path.decision
        seen = {
            "label": decision.label,
            "dial": decision.dial,
            "status": decision.status.value,
            "language": decision.language,
            "priority": _text(decision.priority),
            "say": "&".join(decision.say),
            "group": decision.group,
            "min_penalty": _text(decision.min_penalty),
            "max_penalty": _text(decision.max_penalty),
            "deputy": decision.deputy,
        }
        wanted = self.expect.model_dump(exclude_unset=True)
        return [
            f"{name} is {seen[name]}, not {value}"
            for name, value in wanted.items()
            if (seen[name] or "") != (value or "")
        ]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def client(fields: Mapping[str, str]) -> tuple[Match, ...]:
    """One entity of each kind that is spoken of; deals are those of the first, a contact's if only
    the deal is spoken of."""
    kinds: dict[str, dict[str, str]] = {}
    for field, value in fields.items():
        kind, _, name = field.partition(".")
        kinds.setdefault(kind, {})[name] = value
    deal = kinds.pop(EntityKind.DEAL, None)
    if deal is not None and not kinds:
        kinds[EntityKind.CONTACT] = {}
    return tuple(
        _match(kind, said, _deal(deal) if deal is not None and place == 0 else ())
        for place, (kind, said) in enumerate(kinds.items())
    )


def _match(kind: str, said: Mapping[str, str], deals: tuple[Deal, ...]) -> Match:
    own, others = _split(said, _OWN_OF_MATCH)
    ref = EntityRef(EntityKind(kind), said.get("id", "1"))
    return Match(entity=ref, open_deals=deals, fields=others, **own)


def _deal(said: Mapping[str, str]) -> tuple[Deal, ...]:
    own, others = _split(said, _OWN_OF_DEAL)
    return (Deal(id=said.get("id", "1"), fields=others, **own),)


def _split(said: Mapping[str, str], known: frozenset[str]) -> tuple[dict[str, Any], dict[str, str]]:
    own = {name: value for name, value in said.items() if name in known}
    return own, {name: value for name, value in said.items() if name not in known | {"id"}}
