"""The FastAGI server on panoramisk's Application, with what a telephone system asks of it: limits
on time, size and number, and a handler that ends well whatever comes (docs/routing.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from inspect import iscoroutinefunction
from ipaddress import ip_address
from math import inf
from typing import Final

import structlog
from panoramisk import fast_agi

from bridge.agi.conversation import Conversation, Line, Over, Unreadable
from bridge.agi.question import Question, headers, question
from bridge.agi.settings import AgiSettings
from bridge.domain.ports import Counters, NoCounters

log = structlog.get_logger(__name__)

HANDSHAKE_SECONDS: Final = 2.0
MOST_BYTES: Final = 16 * 1024  # of a handshake, and of a line
BACKLOG: Final = 1024  # calls that a hung daemon keeps Asterisk waiting for, rather than its kernel
LOOK_EVERY: Final = 0.1  # seconds; so much longer may a connection live than it should
FINISH_SECONDS: Final = 2.0  # for what is in flight when we stop

Endpoint = Callable[[Conversation], Awaitable[None]]


class AgiServer(fast_agi.Application):  # type: ignore[misc]
    """Answers on `settings.host:port` between `open` and `close`."""

    def __init__(self, settings: AgiSettings, counters: Counters | None = None) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._settings = settings
        self._counters = counters or NoCounters()
        self._talking: dict[asyncio.Task[None], Line] = {}
        self._listening: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._is_peer = lru_cache(maxsize=1024)(self._in_networks)

    def add_route(self, path: str, endpoint: Endpoint) -> None:
        """Answer `agi://host/path` by this coroutine function. Raises TypeError for another."""
        if not iscoroutinefunction(endpoint):
            raise TypeError(f"the endpoint of {path!r} must be an `async def`")
        super().add_route(path, endpoint)

    async def open(self) -> int:
        """Listen; the port. Raises OSError when that cannot be."""
        settings = self._settings
        self._listening = await asyncio.start_server(
            self.handler, settings.host, settings.port, limit=MOST_BYTES, backlog=BACKLOG
        )
        self._cut_off_the_late()
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    async def close(self, within: float = FINISH_SECONDS) -> None:
        """Listen no more and finish what is in flight; what takes longer is cut off."""
        if self._listening is not None:
            self._listening.close()
        if talking := set(self._talking):
            _, late = await asyncio.wait(talking, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._sweep is not None:
            self._sweep.cancel()

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its end. Raises nothing but its cancellation."""
        if why := self._unwelcome(writer):
            self._refused(why)
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None  # asyncio runs each handler as one
        line = self._talking[task] = Line(writer, self.loop.time() + HANDSHAKE_SECONDS)
        try:
            await self._converse(reader, line)
        finally:
            del self._talking[task]
            writer.close()

    def _cut_off_the_late(self) -> None:
        now = self.loop.time()
        for line in self._talking.values():
            if line.due < now and not line.late:
                line.cut_off()
        self._sweep = self.loop.call_later(LOOK_EVERY, self._cut_off_the_late)

    def _unwelcome(self, writer: asyncio.StreamWriter) -> str:
        """Why whoever has connected is sent away, empty when he is not."""
        if len(self._talking) >= self._settings.connections:
            return "crowd"
        peer = writer.get_extra_info("peername") or ("",)
        return "" if self._is_peer(peer[0]) else "peer"

    def _in_networks(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:  # it has gone already
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._settings.peers)

    async def _converse(self, reader: asyncio.StreamReader, line: Line) -> None:
        asked = await self._asked(reader, line)
        if asked is None:
            return
        line.due = inf
        endpoint: Endpoint | None = self._route.get(asked.path)
        if endpoint is None:
            self._refused("path")
            return
        ending = await self._ended(endpoint, Conversation(self, line, reader, asked))
        self._counters.count("agi_requests", path=asked.path, ending=ending)

    async def _asked(self, reader: asyncio.StreamReader, line: Line) -> Question | None:
        """What is asked; None, and counted, where the handshake is none."""
        try:
            return question(headers(await reader.readuntil(b"\n\n")))
        except asyncio.LimitOverrunError:
            self._refused("size")
        except (asyncio.IncompleteReadError, OSError) as error:
            if line.late:
                self._refused("slow")
            elif getattr(error, "partial", b"half"):  # a port check sends nothing
                self._refused("half")
        return None

    async def _ended(self, endpoint: Endpoint, conversation: Conversation) -> str:
        """How the conversation ended, as a word for the metrics."""
        try:
            await endpoint(conversation)
        except (Over, OSError):
            return "late" if conversation.line.late else "hangup"
        except Unreadable as error:
            log.warning("agi.unreadable", path=conversation.question.path, why=str(error))
            return "unreadable"
        except Exception:
            log.exception("agi.failed", path=conversation.question.path)
            return "failed"
        return "done"

    def _refused(self, why: str) -> None:
        self._counters.count("agi_refused", why=why)
        log.debug("agi.refused", why=why)
