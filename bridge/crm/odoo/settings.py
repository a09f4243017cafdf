"""Settings of one Odoo database: how to reach it, and how calls and leads are written there."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from bridge.crm.settings import Name, Origin, Region, Strict, UserId

OwnField = Annotated[str, Field(pattern=r"^[a-z]\w*$")]


class LeadSettings(Strict):
    """Where a lead keeps what Odoo has no field for."""

    did_field: OwnField = Field("referred", description="or a field of yours, x_…")
    sources: dict[str, str] = Field({}, description="company number → id or name of a UTM source")
    repeat_tag: str = Field(
        "Repeat request", description="made where it is not there", min_length=1
    )


class CallSettings(Strict):
    """How finished calls are shown."""

    channel: str = Field("Calls", description="of Discuss: the list of all calls", min_length=1)
    language: Literal["en", "ru"] = Field("en", description="of the words in it")


class ClickSettings(Strict):
    """Calls that people ask for by an activity; in seconds."""

    activity: str | None = Field(
        None, min_length=1, description="type of activities that ask for a call, made if absent"
    )
    poll: float = Field(3.0, gt=0, description="how often Odoo is asked for them")
    within: float = Field(60.0, gt=0, description="an older one is not called")


class OdooSettings(Strict):
    """`login` with its password, or better with an API key of that user in its place."""

    takes: ClassVar[frozenset[str]] = frozenset({"wav", "mp3", "opus"})  # formats of recordings

    kind: Literal["odoo"] = "odoo"
    name: Name = "odoo"
    url: Origin = Field(examples=["https://acme.example"])
    database: str = Field(min_length=1, examples=["acme"])
    login: str = Field(min_length=1, examples=["bridge@acme.example"])
    password: SecretStr = Field(
        description="or an API key: with 2FA only that works", examples=["${ODOO_API_KEY}"]
    )
    region: Region = "RU"
    language: str | None = Field(
        None, pattern=r"^[a-z]{2,3}(_\w+)?$", description="of names of stages: ru_RU"
    )
    timeout: float = Field(10.0, gt=0, description="seconds that bound every call")
    upload_timeout: float = Field(50.0, gt=0, le=55, description="seconds for a recording")
    rate: float = Field(20.0, gt=0, description="requests a second; Odoo Online: 1")
    burst: float = Field(40.0, ge=1, description="requests at once after a pause")
    refresh: float = Field(600.0, gt=0, description="seconds that stages and fields are remembered")
    default_user: UserId | None = Field(
        None, description="whose are calls and tasks of nobody; default: the user of `login`"
    )
    extension_field: OwnField = Field(
        "x_asterisk_ext", description="of users: their extensions, with commas"
    )
    requisites: dict[str, OwnField] = Field(
        {}, description="word → field of companies: {kpp: x_kpp}; Odoo has one for the INN alone"
    )
    lead: LeadSettings = LeadSettings()
    calls: CallSettings = CallSettings()
    click: ClickSettings = ClickSettings()
