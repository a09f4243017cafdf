"""Settings of the alerts: when an incident is told, and through which channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from bridge.domain.troubles import TroubleKind
from bridge.routing.hours import Hours, Week, Zone

_ANY_DAY = datetime(2026, 1, 5, tzinfo=UTC)
_Url = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(?:/\S*)?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuietHours(_Strict):
    """When a channel is not to disturb; what comes meanwhile is told when they end."""

    zone: Zone = Field("UTC", description="of the readers", examples=["Europe/Moscow"])
    week: Week = Field(
        description="days and spans, past midnight where the end is not after the beginning",
        examples=['{mon-sun: "22:00-08:00"}'],
    )
    urgent: tuple[TroubleKind, ...] = Field((), description="told all the same")

    @model_validator(mode="after")
    def _end(self) -> QuietHours:
        if self.until(_ANY_DAY) is None and Hours(zone=self.zone, week=self.week).open_at(_ANY_DAY):
            raise ValueError("these quiet hours never end: nothing would be told")
        return self

    def until(self, now: datetime) -> datetime | None:
        """When they end; None outside of them."""
        return Hours(zone=self.zone, week=self.week).closes_after(now)


class _Channel(_Strict):
    """`about`: the kinds of trouble that its readers are responsible for; all when empty."""

    name: str = Field("", description="in logs and metrics; default: the kind")
    about: tuple[TroubleKind, ...] = ()
    quiet: QuietHours | None = None
    timeout: float = Field(10.0, gt=0, description="seconds")

    @property
    def label(self) -> str:
        return self.name or str(getattr(self, "kind", ""))


class EmailSettings(_Channel):
    """`tls`: starttls (587), implicit (465), or none for a server on this machine."""

    kind: Literal["email"] = "email"
    server: str = Field(min_length=1, examples=["smtp.example.org"])
    port: int | None = Field(None, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    tls_ca: Path | None = None
    username: str | None = None
    password: SecretStr | None = None
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", examples=["bridge@example.org"])
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")], ...] = Field(
        min_length=1, examples=["[admin@example.org]"]
    )

    @model_validator(mode="after")
    def _whole(self) -> EmailSettings:
        if (self.username is None) != (self.password is None):
            raise ValueError("a login needs both username and password")
        if self.password and self.tls == "none":
            raise ValueError("a password goes over TLS only: set tls to starttls or implicit")
        return self


class TelegramSettings(_Channel):
    """A bot of yours, and the chat (a person, a group, @channel) that it writes to."""

    kind: Literal["telegram"] = "telegram"
    token: SecretStr = Field(examples=["${TELEGRAM_TOKEN}"])
    chat: str = Field(min_length=1, examples=["-1001234567890"])
    thread: int | None = Field(None, description="the topic of a group with topics")
    api: _Url = "https://api.telegram.org"


class WebhookSettings(_Channel):
    """JSON by POST, signed by each of `secrets`: docs/webhooks.md has how to verify it."""

    kind: Literal["webhook"] = "webhook"
    url: _Url = Field(examples=["https://example.org/alerts"])
    secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)


Channel = Annotated[EmailSettings | TelegramSettings | WebhookSettings, Field(discriminator="kind")]


class AlertSettings(_Strict):
    """Nothing is told without a channel; incidents are kept all the same."""

    after: timedelta = Field(timedelta(minutes=5), description="how long a failure may last untold")
    remind_after: timedelta | None = Field(timedelta(hours=4), description="unless acknowledged")
    most_per_hour: int = Field(12, ge=1, description="messages a channel; the rest is summarised")
    page: _Url | None = Field(
        None, description="where people reach the page, for links that acknowledge"
    )
    channels: tuple[Channel, ...] = ()

    def patience(self, kind: TroubleKind) -> timedelta:
        """What waits for a person, or will not mend itself, is told at once."""
        return timedelta() if kind in _AT_ONCE else self.after


_AT_ONCE = frozenset({TroubleKind.PARKED, TroubleKind.LOGIN, TroubleKind.RECORDINGS})
