"""The settings of one AMI link, and the TLS context made of them."""

from __future__ import annotations

import ssl
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Login(StrEnum):
    MD5 = "md5"
    """Challenge and digest: the secret does not cross the wire."""
    PLAIN = "plain"
    """The secret as it is: only over TLS or loopback."""


class AmiSettings(BaseModel):
    """How to reach one Asterisk. `name` is the `pbx` of its call records."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="small letters, digits, `-` and `_`",
        examples=["office"],
    )
    host: str = "127.0.0.1"
    port: int = Field(5038, ge=1, le=65535)
    username: str
    secret: SecretStr
    login: Login = Login.MD5
    tls: bool = False
    tls_ca: Path | None = Field(None, description="PEM file to trust instead of the system's")
    tls_name: str | None = Field(None, description="name in the certificate if it is not `host`")
    classes: str = Field(
        "call,agent,dialplan,dtmf", description="AMI classes subscribed to (see docs/ami.md)"
    )
    connect_seconds: float = Field(10.0, gt=0)
    answer_seconds: float = Field(10.0, gt=0)
    ping_seconds: float = Field(10.0, gt=0, description="silence after which a ping is sent")
    max_bytes: int = Field(
        32 * 1024 * 1024, gt=0, description="events waiting in memory before the link is closed"
    )

    def tls_context(self) -> ssl.SSLContext | None:
        """None without TLS. Raises OSError when the file cannot be read or holds no certificate."""
        if not self.tls:
            return None
        return ssl.create_default_context(cafile=self.tls_ca)
