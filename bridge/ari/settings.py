"""The settings of ARI, and the TLS context made of them."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

_URL: Final = re.compile(r"https?://[^/\s?#@]+(?:/[^\s?#]*)?")


def _address(url: str) -> str:
    if not _URL.fullmatch(url):
        raise ValueError("write http:// or https://, host and port, and the prefix if there is one")
    if urlsplit(url).port == 0:
        raise ValueError("there is no port 0")
    return url


class AriSettings(BaseModel):
    """How to reach the ARI of one Asterisk: the lines for it are in docs/ari.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_address)] = Field(
        "http://127.0.0.1:8088",
        description="of Asterisk's HTTP server, with its `prefix` and without /ari",
    )
    username: str = Field(min_length=1, examples=["bridge"], description="a section of ari.conf")
    password: SecretStr = Field(examples=["${ARI_PASSWORD}"])
    app: str = Field(
        "bridge",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="the application's name, as in Stasis(bridge,rate); of this daemon alone",
    )
    tls_ca: Path | None = Field(None, description="PEM file to trust instead of the system's")
    tls_name: str | None = Field(None, description="name in the certificate if it is not the host")
    connect_seconds: float = Field(10.0, gt=0)
    answer_seconds: float = Field(10.0, gt=0)
    ping_seconds: float = Field(10.0, gt=0, description="silence after which a ping is sent")
    max_bytes: int = Field(
        32 * 1024 * 1024, gt=0, description="events waiting in memory before the link is closed"
    )

    def tls_context(self) -> ssl.SSLContext | bool:
        """True: as the system does it. Raises OSError when the file cannot be read or holds no
        certificate."""
        if not self.url.startswith("https:") or self.tls_ca is None:
            return True
        return ssl.create_default_context(cafile=self.tls_ca)
