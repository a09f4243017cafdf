"""The FastAGI server on panoramisk's Application, with what a telephone system asks of it: limits
on time, size and number, and a handler that ends well whatever comes (docs/routing.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import iscoroutinefunction
from ipaddress import ip_address
from time import perf_counter
from typing import Final

import structlog
from panoramisk import fast_agi

from bridge.agi.conversation import Conversation, Over, Unreadable
from bridge.agi.question import Question, headers, question
from bridge.agi.settings import AgiSettings
from bridge.domain.ports import Counters, NoCounters

log = structlog.get_logger(__name__)

HANDSHAKE_SECONDS: Final = 2.0
MOST_BYTES: Final = 16 * 1024  # of a handshake, and of a line
BACKLOG: Final = 1024  # calls that a hung daemon keeps Asterisk waiting for, rather than its kernel
FINISH_SECONDS: Final = 2.0  # for what is in flight when we stop

Endpoint = Callable[[Conversation], Awaitable[None]]


class AgiServer(fast_agi.Application):  # type: ignore[misc]
    """Answers on `settings.host:port` between `open` and `close`."""

    def __init__(self, settings: AgiSettings, counters: Counters | None = None) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._settings = settings
        self._counters = counters or NoCounters()
        self._talking: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None

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
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    async def close(self, within: float = FINISH_SECONDS) -> None:
        """Listen no more and finish what is in flight; what takes longer is cut off."""
        if self._listening is not None:
            self._listening.close()
        if self._talking:
            await asyncio.wait(self._talking, timeout=within)
        for task in self._talking:
            task.cancel()
        if self._talking:
            await asyncio.wait(self._talking, timeout=within)

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its end. Raises nothing but its cancellation."""
        if why := self._unwelcome(writer):
            self._refused(why)
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None  # asyncio runs each handler as one
        self._talking.add(task)
        try:
            await self._converse(reader, writer)
        finally:
            self._talking.discard(task)
            writer.close()

    def _unwelcome(self, writer: asyncio.StreamWriter) -> str:
        """Why whoever has connected is sent away, empty when he is not."""
        if len(self._talking) >= self._settings.connections:
            return "crowd"
        peer = writer.get_extra_info("peername")
        with suppress(TypeError, ValueError, IndexError):
            address = ip_address(str(peer[0]).partition("%")[0])
            address = getattr(address, "ipv4_mapped", None) or address
            if any(address in network for network in self._settings.peers):
                return ""
        return "peer"

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await self._asked(reader)
        if asked is None:
            return
        endpoint: Endpoint | None = self._route.get(asked.path)
        if endpoint is None:
            self._refused("path")
            return
        conversation = Conversation(self, {}, reader, writer)
        conversation.question = asked
        started = perf_counter()
        ending = await self._ended(endpoint, conversation)
        self._counters.count("agi_requests", path=asked.path, ending=ending)
        self._counters.seconds("agi", perf_counter() - started, path=asked.path)

    async def _asked(self, reader: asyncio.StreamReader) -> Question | None:
        """What is asked; None, and counted, where the handshake is none."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                handshake = await reader.readuntil(b"\n\n")
        except TimeoutError:
            self._refused("slow")
        except asyncio.LimitOverrunError:
            self._refused("size")
        except asyncio.IncompleteReadError as error:
            if error.partial:  # a port check sends nothing
                self._refused("half")
        except OSError:
            self._refused("half")
        else:
            return question(headers(handshake))
        return None

    async def _ended(self, endpoint: Endpoint, conversation: Conversation) -> str:
        """How the conversation ended, as a word for the metrics."""
        try:
            await endpoint(conversation)
        except (Over, OSError) as error:
            return "late" if isinstance(error, TimeoutError) else "hangup"
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
