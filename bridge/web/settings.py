"""Settings of the web room."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class WebSettings(BaseModel):
    """There is no login: whoever reaches `host` sees the calls, so it is loopback by default.

    `names` are the host names under which a reverse proxy or a colleague reaches the page; other
    names are refused, so that a foreign site cannot read it through the browser of an insider.
    Under the name in `public_url` only signed links are answered, unless it stands in `names` too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=9180, ge=0, le=65535)
    names: tuple[str, ...] = ()
    show_numbers: bool = False
    rows: int = Field(default=50, ge=1, le=500)
    streams: int = Field(default=50, ge=1)
    public_url: str | None = Field(
        None,
        pattern="^https?://",
        description="our address as a CRM's people reach it",
        examples=["https://calls.example"],
    )
    link_secret: SecretStr | None = Field(
        None, description="signs links to recordings", examples=["${LINK_SECRET}"]
    )
    link_lasts: timedelta = Field(timedelta(days=30), gt=timedelta())

    @property
    def public_name(self) -> str | None:
        return urlsplit(self.public_url).hostname if self.public_url else None

    token: SecretStr | None = Field(
        default=None,
        description="lets programs ask for calls and acknowledge: `Authorization: Bearer TOKEN`",
    )
