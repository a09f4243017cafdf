"""Every setting there is: the rooms' own models, composed."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from bridge.agi.settings import AgiSettings
from bridge.ami.settings import AmiSettings
from bridge.ari.settings import AriSettings
from bridge.cache.settings import CacheSettings
from bridge.dialout.settings import ClickSettings, RequestSettings
from bridge.domain.directory import Agent, Directory
from bridge.domain.numbers import REGIONS, e164
from bridge.notify.settings import AlertSettings
from bridge.outbox.destination import Lookup
from bridge.outbox.live import LiveSettings
from bridge.outbox.retry import RetrySettings
from bridge.recordings.settings import RecordingPolicy, RemoteSource
from bridge.routing.settings import RoutingSettings
from bridge.rules.policy import Policy
from bridge.scripts.settings import ScriptSettings
from bridge.web.settings import WebSettings


class Settings(BaseModel):
    """What every model of settings keeps to: no unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _extension_regex(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"this is no regular expression ({error})") from None
    if groups < 1:
        raise ValueError("the extension must stand in a group: put parentheses around it")
    return text


def _known_region(text: str) -> str:
    if text not in REGIONS:
        raise ValueError("this is no country's code of two letters, as RU or GB")
    return text


Region = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["RU"]), AfterValidator(_known_region)]
Extension = Annotated[str, Field(pattern=r"^[0-9*#]{2,8}$", examples=["101"])]
ExtensionRegex = Annotated[str, AfterValidator(_extension_regex)]


class Recordings(Settings):
    """Where the recordings lie: `pbx` as Asterisk names the folder, `here` as this machine does,
    or `source`, where this machine asks for them."""

    pbx: Path = Path("/var/spool/asterisk/monitor")
    here: Path | None = Field(None, description="the same folder seen from here; default: `pbx`")
    source: RemoteSource | None = Field(None, description="how to read them from another host")

    @property
    def folder(self) -> Path:
        return self.here or self.pbx


class Pbx(AmiSettings):
    """One Asterisk: how to speak with it, and whose channels are whose."""

    username: str = Field("", description="AMI user; needed unless `events: ari`")
    secret: SecretStr = Field(SecretStr(""), description="its secret")
    events: Literal["ami", "ari"] = Field("ami", description="which of the two tells of calls")
    ari: AriSettings | None = Field(
        None,
        description="Asterisk's REST interface: docs/ari.md",
        examples=["{username: bridge, password: '${ARI_PASSWORD}'}"],
    )
    trunks: tuple[str, ...] = Field(
        (), description="globs on channel names, as PJSIP/operator-*", examples=["[PJSIP/trunk-*]"]
    )
    extensions: tuple[ExtensionRegex, ...] = Field(
        (), description="regular expressions on channel names; the first group is the extension"
    )
    recordings: Recordings = Recordings()
    click: ClickSettings | None = Field(
        None,
        description="how calls that people ask for are made; none: they are not",
        examples=["{context: from-internal}"],
    )


class AgentSettings(Settings):
    """One person."""

    extension: Extension
    name: str = ""
    endpoints: tuple[str, ...] = Field((), examples=["[PJSIP/101]"])
    mobiles: tuple[str, ...] = Field((), examples=['["+79161234567"]'])
    crm_user: str | None = Field(None, description="the CRM's id of this user")

    def agent(self, region: str) -> Agent:
        """As the directory knows this person; `region` reads the mobiles."""
        numbers = (e164(mobile, region) for mobile in self.mobiles)
        return Agent(
            extension=self.extension,
            name=self.name,
            endpoints=self.endpoints,
            mobiles=tuple(filter(None, numbers)),
            crm_user=self.crm_user,
        )


class Destination(Settings):
    """One CRM by the model of its connector, and what is sent there by which rules."""

    crm: BaseModel
    rules: Policy | None = Field(None, description="for this CRM alone; default: the common ones")
    users: dict[Extension, str] = Field(
        {}, description="this CRM's user of an extension, where `crm_user` of the agent is not"
    )
    retry: RetrySettings = RetrySettings()
    lookup: Lookup = Field(
        Lookup.OWN,
        description="own: callers are looked up here; also: and in the CRMs before this one, so"
        " that who is known there is no stranger here; never: a journal, nothing is made here",
    )
    recordings: Literal["upload", "link"] = Field(
        "upload", description="link: the CRM gets a signed address of ours instead of the file"
    )
    live: LiveSettings = LiveSettings()
    click: RequestSettings = RequestSettings()

    @property
    def name(self) -> str:
        return str(getattr(self.crm, "name", ""))


class Store(Settings):
    """Where records and the outbox are kept."""

    url: SecretStr | None = Field(
        None,
        description="SQLAlchemy address: sqlite:////absolute/path or postgresql://…; default:"
        " bridge.db in `folder`",
    )
    keep_deliveries: Annotated[timedelta, Field(ge=timedelta(days=1))] = Field(
        timedelta(days=90),
        description="how long what is delivered stays to be looked at; records are kept",
    )
    keep_calls: Annotated[timedelta | None, Field(ge=timedelta(days=7))] = Field(
        None,
        description="how long records of calls and applications stay, once they are delivered, with"
        " recordings and all else that belongs to them; without it for ever",
        examples=["1095d"],
    )
    keep_incidents: Annotated[timedelta, Field(ge=timedelta(days=1))] = Field(
        timedelta(days=365),
        description="how long an incident stays to be looked at once it is over",
    )


class Log(Settings):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto: coloured lines on a terminal, JSON otherwise"
    )
    mask_numbers: bool = Field(True, description="write +7916***4567 instead of the number")


class Config(Settings):
    """The whole file."""

    region: Region = Field("RU", description="country that reads national numbers")
    folder: Path = Field(
        Path("/var/lib/asterisk-crm-bridge"),
        description="ours: journals, copies of recordings, store and built-in CRM when none is"
        " named",
    )
    pbx: tuple[Pbx, ...] = Field(examples=["[{name: office, …}]"])
    agents: tuple[AgentSettings, ...] = ()
    rules: Policy = Policy()
    recordings: RecordingPolicy = RecordingPolicy()
    store: Store = Store()
    destinations: tuple[Destination, ...] = ()
    deliver: bool = Field(
        True, description="false: call records are kept, and no CRM hears of any, not even ours"
    )
    web: WebSettings = WebSettings()
    alerts: AlertSettings = AlertSettings()
    agi: AgiSettings | None = Field(
        None, description="answers to the dialplan; without it nobody is answered"
    )
    routing: RoutingSettings = RoutingSettings()
    scripts: ScriptSettings = ScriptSettings()
    cache: CacheSettings = CacheSettings()
    log: Log = Log()

    @property
    def has_own_folder(self) -> bool:
        """Somebody has chosen it; the usual one is made where it is not there."""
        return bool(self.folder != type(self).model_fields["folder"].default)

    @property
    def store_url(self) -> str:
        """The SQLAlchemy address of the store."""
        named = self.store.url
        return named.get_secret_value() if named else f"sqlite:///{self.folder}/bridge.db"

    def directory(self, pbx: Pbx) -> Directory:
        """Whose channel is it, on this PBX."""
        return Directory(
            [settings.agent(self.region) for settings in self.agents],
            trunks=pbx.trunks,
            extensions=pbx.extensions,
        )

    def employees(self) -> dict[str, str]:
        """Mobiles (E.164) by the extension of whose they are."""
        people = [settings.agent(self.region) for settings in self.agents]
        return {mobile: person.extension for person in people for mobile in person.mobiles}

    def agent_names(self) -> dict[str, str]:
        """By extension, of those who have one."""
        return {agent.extension: agent.name for agent in self.agents if agent.name}

    def policy(self, destination: Destination) -> Policy:
        """By which rules this CRM gets its calls."""
        return destination.rules or self.rules

    def users(self, destination: Destination) -> dict[str, str]:
        """Extension to this CRM's user."""
        common = {agent.extension: agent.crm_user for agent in self.agents if agent.crm_user}
        return common | destination.users
