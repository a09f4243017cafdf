"""Settings of the decision, as a company writes them in its configuration."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bridge.domain.numbers import REGIONS
from bridge.routing.conditions import Condition, known_field
from bridge.routing.hours import Hours
from bridge.routing.prompt import Prompt
from bridge.rules.policy import CompanyNumber

OutsideNumber = CompanyNumber
GroupName = Annotated[str, Field(pattern=r"^[\w*#.-]{1,80}$")]


Language = Annotated[str, Field(min_length=1)]
_TWO_LETTERS: Final = re.compile(r"[A-Za-z]{2}(?:[_-][A-Za-z0-9]{2,8})*")  # de, en_GB


def _country(letters: str) -> str:
    if letters not in REGIONS:
        raise ValueError(f"{letters} is no country; write its two letters, like DE")
    return letters


Country = Annotated[str, AfterValidator(_country)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnerOf(StrEnum):
    """Whose owner a known client belongs to, where the open deal has another one."""

    DEAL = "deal"  # the open deal's before the contact's
    ENTITY = "entity"  # the contact's, company's or lead's alone


class Shared(StrEnum):
    """A number that several clients with different owners have."""

    GROUP = "group"  # nobody in particular: a wrong agent is worse than none
    LAST_TALKER = "last_talker"  # whoever talked with this number last, else the group
    FIRST = "first"  # the owner of the entity that the call will be written to


class Absence(_Settings):
    """Away on these days, both among them; the deputy takes the calls."""

    first: date
    last: date
    deputy: str | None = None


class Person(_Settings):
    """One employee, by extension. Without `hours` the company's count."""

    hours: str | None = Field(None, description="name of one of `schedules`")
    deputy: str | None = Field(None, description="extension that rings when this one cannot")
    absences: tuple[Absence, ...] = ()
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    ring_seconds: int | None = Field(None, ge=1, le=300)
    takes_second_call: bool = Field(False, description="ring this telephone while it talks, too")


class ClosedTo(StrEnum):
    """Where a client is sent when nobody works."""

    VOICEMAIL = "voicemail"
    CALLBACK = "callback"  # the dialplan promises that we call back
    NUMBER = "number"


class HiddenTo(StrEnum):
    """Where a client is sent who hides the number."""

    GROUP = "group"  # as everybody whom no CRM knows
    VOICEMAIL = "voicemail"
    NUMBER = "number"
    REJECT = "reject"


class _Elsewhere(_Settings):
    to: ClosedTo | HiddenTo
    number: OutsideNumber | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.to.value == "number") != (self.number is not None):
            raise ValueError("`number` is needed with `to: number`, and only there")
        return self


class AfterHours(_Elsewhere):
    """What a client gets when nobody works."""

    to: ClosedTo = ClosedTo.VOICEMAIL


class Hidden(_Elsewhere):
    """What a caller gets who hides the number, at any hour."""

    to: HiddenTo = HiddenTo.GROUP


class Line(_Settings):
    """One company number: when it is open, and whom its calls belong to without an owner."""

    hours: str | None = Field(None, description="name of one of `schedules`")
    language: str | None = None
    owner_first: bool = Field(
        True, description="false: neither owner nor last talker is looked for here"
    )
    after_hours: AfterHours | None = None
    hidden: Hidden | None = None


class Penalty(_Settings):
    """Which members of the queue are rung for this client, by their penalty: none below `min`, none
    above `max`. Written as one number, it is `max`."""

    min: int | None = Field(None, ge=0, le=1000)
    max: int | None = Field(None, ge=0, le=1000)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"max": value} if isinstance(value, int | str) else value

    @model_validator(mode="after")
    def _in_order(self) -> Penalty:
        if self.min is None and self.max is None:
            raise ValueError("write `min`, `max` or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("`min` must not be above `max`: no member would be rung")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The short form is as good."""
        return {"anyOf": [handler(core), {"type": "integer"}, {"type": "string"}]}


class Then(_Settings):
    """What a rule that holds decides; what it does not say is decided as without it."""

    extension: str | None = None
    skill: str | None = Field(None, description="everybody free with this skill rings at once")
    group: bool = Field(False, description="the company number's own group, and no owner")
    priority: int | None = Field(None, ge=0, le=20)
    penalty: Penalty | None = Field(None, description="members of the queue that are rung")
    language: str | None = None
    prompt: Prompt | None = Field(None, description="what the client hears first, by language")

    @model_validator(mode="after")
    def _one_who_rings(self) -> Then:
        said = [self.extension is not None, self.skill is not None, self.group]
        if sum(said) > 1:
            raise ValueError("write one of: extension, skill, group")
        return self


class Rule(_Settings):
    """Every condition of `when` must hold."""

    name: str = Field(min_length=1, examples=["big deals"])
    when: dict[Annotated[str, AfterValidator(known_field)], Condition] = Field(
        min_length=1, examples=["{deal.stage: NEGOTIATION}"]
    )
    then: Then = Field(examples=["{extension: 103}"])


class Clients(_Settings):
    """Clients who are not like the others. Numbers as the world dials them."""

    blocked: frozenset[OutsideNumber] = frozenset()
    vip: frozenset[OutsideNumber] = frozenset()
    vip_priority: int = Field(10, ge=0, le=20)
    vip_penalty: Penalty | None = Field(None, description="as `penalty` of a rule")
    not_routed: frozenset[OutsideNumber] = Field(
        frozenset(), description="suppliers and the like: never to an owner or last talker"
    )
    shared: Shared = Shared.GROUP


class Languages(_Settings):
    """By which language a client is spoken with; the first that is known, in this order: the key
    pressed, the CRM's field, the company number, the country of the client's number."""

    field: Annotated[str, AfterValidator(known_field)] | None = None
    keys: dict[str, Language] = Field(
        default_factory=dict, description="key of the menu to language"
    )
    values: dict[str, Language] = Field(
        default_factory=dict, description="what the CRM's field says to language"
    )
    countries: dict[Country, Language] = Field(
        default_factory=dict, description="country of two letters to language"
    )
    groups: dict[Language, GroupName] = Field(
        default_factory=dict, description="language to the group or queue that speaks it"
    )

    def of_value(self, said: str) -> str | None:
        """The language that the CRM's field says; letters' case does not matter. What `values` do
        not know is one if it is named elsewhere here, or written in two letters."""
        said = said.strip()
        for value, language in self.values.items():
            if value.casefold() == said.casefold():
                return language
        named = {*self.groups, *self.keys.values(), *self.values.values(), *self.countries.values()}
        return said if said in named or _TWO_LETTERS.fullmatch(said) else None


class RoutingSettings(_Settings):
    """Every schedule that is named must be there; `hours` is the company's own."""

    schedules: dict[str, Hours] = Field(default_factory=dict)
    hours: str | None = Field(None, description="name of one of `schedules`; default: always open")
    after_hours: AfterHours = AfterHours()
    hidden: Hidden = Hidden()
    owner_of: OwnerOf = OwnerOf.DEAL
    ring_seconds: int = Field(20, ge=1, le=300)
    deputy_seconds: int | None = Field(
        None,
        ge=1,
        le=300,
        description="of a deputy after a silent owner; default: as long as that telephone rings",
    )
    last_talker_days: int = Field(30, ge=0, le=3650, description="0: who talked last is not asked")
    dial: str = Field(
        "PJSIP/{extension}",
        pattern=r"^[^,\n]*\{extension\}[^,\n]*$",
        description="what Dial() gets for an extension: without commas, {extension} in it",
        examples=["PJSIP/{extension}"],
    )
    people: dict[str, Person] = Field(default_factory=dict)
    lines: dict[CompanyNumber, Line] = Field(default_factory=dict)
    clients: Clients = Clients()
    languages: Languages = Languages()
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _schedules_exist(self) -> RoutingSettings:
        named = {"hours": self.hours}
        named |= {f"people.{who}.hours": person.hours for who, person in self.people.items()}
        named |= {f"lines.{did}.hours": line.hours for did, line in self.lines.items()}
        for place, name in named.items():
            if name is not None and name not in self.schedules:
                known = ", ".join(sorted(self.schedules)) or "none yet"
                raise ValueError(f"{place}: `{name}` is not among the schedules ({known})")
        return self

    def person(self, extension: str) -> Person:
        """What is set for this extension; the defaults where nothing is."""
        return self.people.get(extension, _ANYBODY)

    def rings_for(self, extension: str) -> int:
        """Seconds."""
        return self.person(extension).ring_seconds or self.ring_seconds

    def line(self, did: str | None) -> Line:
        """What is set for this company number (E.164); the defaults where nothing is."""
        return self.lines.get(did or "", _ANY_LINE)

    def schedule(self, name: str | None) -> Hours:
        """The schedule of this name, else the company's, else always open."""
        return self.schedules.get(name or self.hours or "", _ALWAYS)

    @property
    def zone(self) -> ZoneInfo:
        """The company's clock: that of its schedule, UTC where there is none."""
        return ZoneInfo(self.schedule(None).zone)

    def opens(self, did: str | None, at: datetime) -> datetime | None:
        """When this company number is open next, in its zone; `at` where it is open then."""
        hours = self.schedule(self.line(did).hours)
        return hours.opens_after(at.astimezone(ZoneInfo(hours.zone)))


_ANYBODY: Final = Person()
_ANY_LINE: Final = Line()
_ALWAYS: Final = Hours()
