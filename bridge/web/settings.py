"""Settings of the web room."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr

from bridge.web.certificate import TlsSettings
from bridge.web.rights import Right

TokenName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]


class Token(BaseModel):
    """Lets a person or a program in, for what it has to do and no more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr = Field(examples=["${SITE_TOKEN}"])
    rights: tuple[Right, ...] = Field(
        description="what it may do", examples=["[applications, dial]"]
    )


class WebSettings(BaseModel):
    """Without a token whoever reaches `host` sees the calls, so it is loopback by default.

    `names` are the host names under which a reverse proxy or a colleague reaches the page; other
    names are refused, so that a foreign site cannot read it through the browser of an insider.
    Under the name in `public_url` only signed links are answered, unless it stands in `names` too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=9180, ge=0, le=65535)
    tls: TlsSettings | None = Field(None, description="without it the page is plain HTTP")
    names: tuple[str, ...] = ()
    proxies: tuple[IPvAnyNetwork, ...] = Field(
        (),
        description="networks of reverse proxies, whose X-Forwarded-For is believed",
        examples=["[127.0.0.1/32]"],
    )
    show_numbers: bool = Field(
        False, description="of clients, whole, where there are no tokens; else by right `numbers`"
    )
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
        description="may do everything: `Authorization: Bearer TOKEN`, or a login on the page",
    )
    tokens: dict[TokenName, Token] = Field(
        {}, description="others by their names, each with its rights"
    )
    session_lasts: timedelta = Field(
        timedelta(hours=12), gt=timedelta(), description="how long a login on the page is good"
    )
