"""Settings of the FastAGI server."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork

_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class AgiSettings(BaseModel):
    """Where the dialplan asks. FastAGI knows no password: whoever is in `peers` is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(4573, ge=0, le=65535)
    peers: tuple[IPvAnyNetwork, ...] = Field(
        _LOOPBACK,
        min_length=1,
        description="networks of the Asterisks that may ask",
        examples=["[10.0.0.5/32]"],
    )
    connections: int = Field(500, ge=1, description="at once; who comes on top is sent away")
    deadline: float = Field(
        0.3, gt=0, le=10, description="seconds for a decision, the CRM's answer included"
    )
