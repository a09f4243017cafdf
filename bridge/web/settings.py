"""Settings of the web room."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class WebSettings(BaseModel):
    """There is no login: whoever reaches `host` sees the calls, so it is loopback by default.

    `names` are the host names under which a reverse proxy or a colleague reaches the page; other
    names are refused, so that a foreign site cannot read it through the browser of an insider.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=9180, ge=0, le=65535)
    names: tuple[str, ...] = ()
    show_numbers: bool = False
    rows: int = Field(default=50, ge=1, le=500)
    streams: int = Field(default=50, ge=1)
