"""Where answers are kept: in this process, or in Redis for several. A shelf that fails is empty."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from itertools import zip_longest
from typing import Any, Final, Protocol

import structlog
from pydantic import SecretStr
from redis.asyncio import Redis as Single
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisClusterException,
    RedisError,
)

from bridge.agi.deadline import Deadline
from bridge.cache.settings import Redis
from bridge.domain.counters import Counters
from bridge.domain.routes import NotAtHand

log = structlog.get_logger(__name__)

_DEFAULT_PORT: Final = 6379
# A cluster none of whose nodes answers at the start raises one that is no RedisError.
_FAILURES: Final = (RedisError, RedisClusterException, OSError, TimeoutError)
_TURNS: Final = 3  # of the loop; calls of the same moment have come by then, and go along
_LEFT_ALONE: Final = 1.0  # seconds: a call that waits pays for one failure, the next ones do not


class Shelf(Protocol):
    """Never raises: what cannot be read is not there, what cannot be kept is not kept."""

    def at_hand(self, key: str) -> bytes | None:
        """As `get`. Raises NotAtHand where it has to be waited for."""
        ...

    async def get(self, key: str) -> bytes | None: ...
    async def put(self, key: str, value: bytes, seconds: float) -> None: ...
    async def close(self) -> None: ...


class OwnMemory:
    """The `most` numbers that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def at_hand(self, key: str) -> bytes | None:
        if (value := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
        return value

    async def get(self, key: str) -> bytes | None:
        return self.at_hand(key)

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """`seconds` are the reader's to judge: what is too old is thrown out for newer ones."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    async def close(self) -> None:
        self._kept.clear()


class InRedis:
    """Connects at the first question. Redis is never the truth: without it answers are slower.

    Questions that come while another one is under way go together in the next: many calls at once
    cost one round trip more, not one each.
    """

    def __init__(self, settings: Redis, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters
        self._client = _client(settings)
        # Keys of a cluster are on several nodes: these are asked at once.
        self._read = (
            self._client.mget_nonatomic
            if isinstance(self._client, RedisCluster)
            else self._client.mget
        )
        self._wanted: dict[str, list[asyncio.Future[bytes | None]]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._deadline = Deadline(settings.timeout)
        self._away = False
        self._again_at = 0.0

    def at_hand(self, key: str) -> bytes | None:
        """Nothing, while Redis is left alone."""
        if self._is_left_alone():
            return None
        raise NotAtHand

    async def get(self, key: str) -> bytes | None:
        waiting = asyncio.get_running_loop().create_future()
        self._wanted.setdefault(self._name(key), []).append(waiting)
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
        found: bytes | None = await waiting
        return found

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        await self._bounded(self._client.set, self._name(key), value, ex=max(1, round(seconds)))

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        await self._client.aclose()

    async def _ask(self) -> None:
        """Until nobody waits."""
        try:
            while self._wanted:
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
                wanted, self._wanted = self._wanted, {}
                found = await self._bounded(self._read, list(wanted)) or ()
                for value, waiting in zip_longest(found, wanted.values()):
                    for one in waiting:
                        if not one.done():
                            one.set_result(value)
        finally:
            self._asking = None

    async def _bounded(self, ask: Callable[..., Any], *what: Any, **how: Any) -> Any:
        """None when Redis fails or takes longer than its time, and for a moment after that."""
        if self._is_left_alone():
            return None
        try:
            answer = await self._deadline.within(ask(*what, **how))
        except _FAILURES as error:
            self._again_at = asyncio.get_running_loop().time() + _LEFT_ALONE
            self._failed(error)
            return None
        self._works()
        return answer

    def _is_left_alone(self) -> bool:
        return asyncio.get_running_loop().time() < self._again_at

    def _name(self, key: str) -> str:
        return f"{self._settings.prefix}:{key}"

    def _failed(self, error: Exception) -> None:
        self._counters.count("cache_failures", error=type(error).__name__)
        if not self._away:
            log.warning(
                "cache.away",
                error=type(error).__name__,
                act=f"{_advice(error)}; until then CRMs are asked instead",
            )
        self._away = True

    def _works(self) -> None:
        if self._away:
            log.info("cache.back")
        self._away = False


def _advice(error: Exception) -> str:
    """What to look at, by what went wrong; the error's own text may hold what is secret."""
    if isinstance(error, AuthenticationError | NoPermissionError):
        return "cache.redis.username, password: see what ACL lets this user do (GET, MGET, SET)"
    if isinstance(error, MasterNotFoundError):
        return (
            "see that Sentinels run at cache.redis.addresses, watch cache.redis.master, and take"
            " what cache.redis.sentinel_username, sentinel_password and sentinel_tls say"
        )
    if "certificate" in str(error).casefold():
        return "cache.redis.tls_ca: it must be the authority that signed the server's certificate"
    return "see that Redis runs at cache.redis.addresses, with or without tls as said there"


def _client(settings: Redis) -> Single | RedisCluster:
    nodes = [_split(address) for address in settings.addresses]
    how: dict[str, Any] = {
        **_let_in(settings, settings.username, settings.password, tls=settings.tls),
        "socket_timeout": None,  # ours is the bound of everything; theirs costs a task each time
        "socket_connect_timeout": settings.timeout,
        "retry": Retry(NoBackoff(), 0),  # there is no time to try again
    }
    if settings.cluster:
        return RedisCluster(startup_nodes=[ClusterNode(*node) for node in nodes], **how)
    if settings.master:
        its = settings.sentinel_username, settings.sentinel_password
        words = _let_in(settings, *its, tls=settings.sentinel_tls)
        words |= {"socket_timeout": settings.timeout, "socket_connect_timeout": settings.timeout}
        words["retry"] = Retry(NoBackoff(), 0)
        sentinels: Any = Sentinel(nodes, sentinel_kwargs=words)  # type: ignore[no-untyped-call]
        found: Single = sentinels.master_for(settings.master, db=settings.database, **how)
        return found
    host, port = nodes[0]
    how["single_connection_client"] = True  # nearly every question is one of many together
    return Single(host=host, port=port, db=settings.database, **how)


def _let_in(
    settings: Redis, username: str | None, password: SecretStr | None, *, tls: bool
) -> dict[str, Any]:
    """How a server is made to answer."""
    said = password.get_secret_value() if password else None
    how: dict[str, Any] = {"username": username, "password": said}
    return how | {"ssl": True, "ssl_ca_certs": settings.tls_ca} if tls else how


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port or _DEFAULT_PORT)
