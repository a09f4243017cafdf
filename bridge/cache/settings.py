"""Settings of the cache: where it is kept, and for how long an answer is good."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator


def _has_a_port(address: str) -> str:
    if int(address.rpartition(":")[2]) > 65535:
        raise ValueError("a port is at most 65535")
    return address


Address = Annotated[str, Field(pattern=r"^\[?[^\s\]]+\]?:\d{1,5}$"), AfterValidator(_has_a_port)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Redis(_Settings):
    """One server; with `master` the Sentinels at `addresses` say which; with `cluster` any nodes of
    it."""

    addresses: tuple[Address, ...] = Field(
        min_length=1, description="host:port", examples=["[127.0.0.1:6379]"]
    )
    master: str | None = Field(None, description="name of the master that the Sentinels watch")
    cluster: bool = False
    database: int = Field(0, ge=0)
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    tls_ca: str | None = None
    sentinel_username: str | None = None
    sentinel_password: SecretStr | None = None
    sentinel_tls: bool = Field(False, description="of the Sentinels; `tls_ca` is theirs, too")
    prefix: str = "asterisk-bridge"
    timeout: float = Field(0.1, gt=0, le=5, description="seconds; past it the cache is not asked")

    @model_validator(mode="after")
    def _one_kind(self) -> Redis:
        if self.cluster and self.master:
            raise ValueError("write `master` for Sentinel or `cluster: true`, not both")
        if self.cluster and self.database:
            raise ValueError("a cluster has database 0 only; remove `database`")
        if not self.cluster and not self.master and len(self.addresses) > 1:
            raise ValueError("several addresses need `master` (Sentinel) or `cluster: true`")
        if not self.master and (
            self.sentinel_username or self.sentinel_password or self.sentinel_tls
        ):
            raise ValueError("`sentinel_…` is for Sentinels; name the `master` that they watch")
        return self


class CacheSettings(_Settings):
    """Without `redis` answers are kept in the daemon's own memory."""

    redis: Redis | None = None
    fresh: timedelta = Field(timedelta(minutes=10), description="used without asking again")
    stale: timedelta = Field(
        timedelta(days=7), description="used while it is asked again, or while the CRM is away"
    )
    unknown: timedelta = Field(timedelta(minutes=1), description="`fresh` of an unknown number")
    jitter: float = Field(0.2, ge=0, le=0.9, description="share by which `fresh` differs")
    index: bool = Field(True, description="keep every phone of a CRM that can list them")
    index_every: float = Field(30.0, ge=1, description="seconds; then a CRM's changes are read")
    most: int = Field(100_000, ge=100, description="numbers kept in memory")

    @model_validator(mode="after")
    def _in_order(self) -> CacheSettings:
        if not self.unknown <= self.fresh <= self.stale:
            raise ValueError("`unknown` must not be longer than `fresh`, nor that than `stale`")
        return self
