"""Where answers are kept: in this process, or in Redis for several. A shelf that fails is empty."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final, Protocol

import structlog
from redis.asyncio import Redis as Single
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.sentinel import Sentinel
from redis.exceptions import RedisError

from bridge.cache.settings import Redis
from bridge.domain.ports import Counters

log = structlog.get_logger(__name__)

_DEFAULT_PORT: Final = 6379


class Shelf(Protocol):
    """Never raises: what cannot be read is not there, what cannot be kept is not kept."""

    async def get(self, key: str) -> bytes | None: ...
    async def put(self, key: str, value: bytes, seconds: float) -> None: ...
    async def close(self) -> None: ...


class OwnMemory:
    """The `most` numbers that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        if (value := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """`seconds` are the reader's to judge: what is too old is thrown out for newer ones."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    async def close(self) -> None:
        self._kept.clear()


class InRedis:
    """Connects at the first question. Redis is never the truth: without it answers are slower."""

    def __init__(self, settings: Redis, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters
        self._client = _client(settings)
        self._away = False

    async def get(self, key: str) -> bytes | None:
        try:
            found: Any = await self._client.get(self._name(key))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return None
        self._works()
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        try:
            await self._client.set(self._name(key), value, ex=max(1, round(seconds)))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    async def close(self) -> None:
        await self._client.aclose()

    def _name(self, key: str) -> str:
        return f"{self._settings.prefix}:{key}"

    def _failed(self, error: Exception) -> None:
        self._counters.count("cache_failures", error=type(error).__name__)
        if not self._away:
            log.warning(
                "cache.away",
                error=type(error).__name__,
                act="see that Redis runs and lets us in; until then CRMs are asked instead",
            )
        self._away = True

    def _works(self) -> None:
        if self._away:
            log.info("cache.back")
        self._away = False


def _client(settings: Redis) -> Single | RedisCluster:
    nodes = [_split(address) for address in settings.addresses]
    password = settings.password.get_secret_value() if settings.password else None
    how: dict[str, Any] = {
        "username": settings.username,
        "password": password,
        "socket_timeout": settings.timeout,
        "socket_connect_timeout": settings.timeout,
        "ssl": settings.tls,
        "ssl_ca_certs": settings.tls_ca,
    }
    if not settings.tls:
        how = {name: value for name, value in how.items() if not name.startswith("ssl")}
    if settings.cluster:
        return RedisCluster(startup_nodes=[ClusterNode(*node) for node in nodes], **how)
    if settings.master:
        sentinels: Any = Sentinel(nodes, socket_timeout=settings.timeout)  # type: ignore[no-untyped-call]
        found: Single = sentinels.master_for(settings.master, db=settings.database, **how)
        return found
    host, port = nodes[0]
    return Single(host=host, port=port, db=settings.database, **how)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port or _DEFAULT_PORT)
