"""A CRM described in a file: how to log in, and each method of the port as requests.

docs/connectors.md tells how to write one. `bridge/crm/declarative/checking.py` finds what no model
sees: names that a template does not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bridge.crm.declarative.logins import Auth
from bridge.crm.declarative.requests import ErrorRule, Finding, Listing, Request, Write
from bridge.crm.declarative.texts import (
    PathText,
    Status,
    Strict,
    TemplateText,
    Tree,
    ValueText,
)
from bridge.crm.settings import HeaderName
from bridge.domain.entities import EntityKind


class Setting(Strict):
    """What the configuration must say of this CRM."""

    about: str = ""
    secret: bool = False
    default: str | None = None


class Limits(Strict):
    rate: float = Field(5.0, gt=0, description="requests a second")
    burst: float = Field(10.0, ge=1, description="requests at once after a pause")
    timeout: float = Field(10.0, gt=0, le=50, description="seconds that bound every call")
    upload_timeout: float = Field(50.0, gt=0, le=55, description="seconds for a recording")


class Phones(Strict):
    """`search`: the forms in which people or the CRM wrote numbers, each is asked for; `together`:
    in one request, whose templates have them as `forms`. `write`: how we write them."""

    search: tuple[Literal["e164", "digits", "national", "local", "formatted"], ...] = (
        "e164",
        "digits",
        "national",
        "local",
    )
    together: bool = False
    write: Literal["e164", "as_given"] = "e164"


class Row(Strict):
    """How one row of an answer is read; a word that is none is left out."""

    id: ValueText = Field(examples=["$.id"])
    name: ValueText | None = None
    phones: ValueText | None = None
    emails: ValueText | None = None
    owner: ValueText | None = None
    contact: ValueText | None = None
    company: ValueText | None = None
    inn: ValueText | None = None
    requisites: dict[str, ValueText] = Field({})
    pipeline: ValueText | None = None
    stage: ValueText | None = None
    closed: ValueText | None = None
    repeat: ValueText | None = None
    changed_at: ValueText | None = None
    users: ValueText | None = None
    fields: dict[str, ValueText] = Field({})


class UsersOf(Listing):
    id: ValueText = "$.id"
    missing: tuple[Status, ...] = ()


class Entity(Strict):
    """One kind of entity. `write`: each of our words as the fields it fills. `own`: names of the
    CRM's that may be written as they are; `any` where the CRM itself refuses strangers."""

    row: Row
    search: dict[str, Listing] = Field({})
    write: dict[str, dict[str, Tree]] = Field({})
    own: Literal["any"] | tuple[str, ...] = ()
    users: UsersOf | None = Field(None, description="of deals: who works on it, the owner first")
    create: Write | None = None
    update: Write | None = None
    find: Finding | None = Field(None, description="what an earlier create under `key` made")


class MatchRow(Strict):
    """One answer to who it is that calls. `phones`: the numbers that it stores; where an answer
    has them, the one asked for must be among them."""

    kind: ValueText = Field(examples=["\"{{ 'contact' }}\""])
    id: ValueText = Field(examples=["$.id"])
    phones: ValueText | None = None
    name: ValueText | None = None
    owner: ValueText | None = None
    company: ValueText | None = None
    fields: dict[str, ValueText] = Field({})
    deals: PathText | None = Field(None, description="rows within the row")
    deal: Row | None = None


def _several(given: Any) -> Any:
    """One stands for a list of one."""
    return given if isinstance(given, list | tuple) else (given,)


class Lookup(Listing):
    """Several matches: one row tells of several, as of a person and of the company."""

    match: Annotated[tuple[MatchRow, ...], BeforeValidator(_several)]


class PhonesListing(Request):
    rows: PathText
    phone: ValueText
    match: PathText = "$"
    next: ValueText
    since: ValueText


class ChangesListing(Request):
    rows: PathText
    phone: ValueText
    cursor: ValueText
    matches: PathText = "$.matches[*]"


class Index(Strict):
    """`phones` is asked with `page`, none at first; `changes` with `since`."""

    phones: PhonesListing
    changes: ChangesListing
    match: MatchRow


class UserRow(Strict):
    id: ValueText = Field(examples=["$.id"])
    name: ValueText | None = None
    extensions: ValueText | None = None
    email: ValueText | None = None
    active: ValueText | None = None


class Users(Listing):
    row: UserRow


class Lists(Strict):
    """Reference lists, id to name: written out here, or read by a request whose answer has them
    in this form."""

    read: Request | None = None
    pipelines: PathText | dict[str, str] = Field({})
    stages: PathText | dict[str, dict[str, str]] = Field({})
    lists: PathText | dict[str, dict[str, str]] = Field({})

    @model_validator(mode="after")
    def _readable(self) -> Self:
        paths = [each for each in (self.pipelines, self.stages, self.lists) if type(each) is str]
        if paths and self.read is None:
            raise ValueError("a JSONPath needs `read`: which request answers it?")
        return self


class Calls(Strict):
    log: Write | None = None
    find: Finding | None = Field(None, description="what an earlier log under `key` made")
    get: Listing | None = Field(None, description="the call of an `id`, for `checks: [call]`")
    recording: Write | None = None
    recording_link: Write | None = Field(None, description="for one that lies at an address")
    find_recording: Finding | None = None
    attach: Write | None = None


class Tasks(Strict):
    create: Write
    find: Finding | None = None


class Live(Strict):
    announce: Write
    show: Write
    hide: Write


class Sample(Strict):
    """What `connector test` uses in this CRM, where it cannot find it out."""

    pipeline: str | None = None
    first_stage: str | None = None
    lost_stage: str | None = None


class Description(Strict):
    """One CRM. `idempotent`: under a key it has seen it answers as it did the first time, so that
    nothing is searched before a write."""

    crm: str = Field(min_length=1, examples=["EspoCRM"])
    settings: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Setting] = Field({})
    base: TemplateText = Field(examples=['"{{ settings.url }}/api/v1"'])
    auth: Auth | None = None
    headers: dict[HeaderName, TemplateText] = Field({})
    limits: Limits = Limits()
    key_header: HeaderName | None = Field(None, description="every write sends its key in it")
    idempotent: bool = False
    phones: Phones = Phones()
    reason: tuple[str, ...] = Field(
        ("$.message", "$.error.message", "$.error_description", "$.error", "$.detail"),
        description="JSONPaths and `header NAME`: where an answer says what is wrong",
    )
    errors: tuple[ErrorRule, ...] = ()
    contact: Entity | None = None
    company: Entity | None = None
    lead: Entity | None = None
    deal: Entity | None = None
    calls: Calls = Calls()
    users: Users | None = None
    tasks: Tasks | None = None
    notify: Write | None = None
    live: Live | None = None
    lookup: Lookup | None = None
    index: Index | None = None
    find: Finding | None = Field(None, description="one place for every key")
    dictionaries: Lists = Lists()
    probe: Request | None = Field(None, description="a request that works when all is well")
    sample: Sample = Sample()

    def entity(self, kind: EntityKind) -> Entity | None:
        found: Entity | None = getattr(self, kind.value)
        return found
