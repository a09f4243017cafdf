"""The FastAGI server on panoramisk's Application, with what a telephone system asks of it: limits
on time, size and number, and a handler that ends well whatever comes (docs/routing.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache, partial
from inspect import iscoroutinefunction
from ipaddress import ip_address
from math import inf
from typing import Final

import structlog
from panoramisk import fast_agi

from bridge.agi.conversation import PATIENCE, Conversation
from bridge.agi.line import Line, Over, Unreadable
from bridge.agi.question import Question, question
from bridge.agi.settings import AgiSettings
from bridge.domain.counters import Counters, NoCounters
from bridge.domain.routes import Asked, NotAtHand

log = structlog.get_logger(__name__)

HANDSHAKE_SECONDS: Final = 2.0
BACKLOG: Final = 1024  # calls that a hung daemon keeps Asterisk waiting for, rather than its kernel
LOOK_EVERY: Final = 0.1  # seconds; so much longer may a connection live than it should
FINISH_SECONDS: Final = 2.0  # for what is in flight when we stop
_DONE: Final = b"200 "
_HANGUP: Final = b"HANGUP\n"  # all that Asterisk says unasked
_ANSWERED: Final = "answered"  # and the reply to that is still to come

# What is said last is the answer: Asterisk's reply to it is read, and then the line ends.
Endpoint = Callable[[Conversation], Awaitable[str | None]]
AtOnce = Callable[[Asked], str]


class AgiServer(fast_agi.Application):  # type: ignore[misc]
    """Answers on `settings.host:port` between `open` and `close`."""

    def __init__(self, settings: AgiSettings, counters: Counters | None = None) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._settings = settings
        self.counters = counters or NoCounters()
        self._at_once: dict[str, AtOnce] = {}
        self._lines: set[Line] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._talking: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._is_peer = lru_cache(maxsize=1024)(self._in_networks)

    def add_route(self, path: str, endpoint: Endpoint, at_once: AtOnce | None = None) -> None:
        """Answer `agi://host/path` by this coroutine function, or by the one command that
        `at_once` has for the question, unless it raises NotAtHand: then nothing has to be waited
        for, and no task is made. Raises TypeError for an endpoint that is none."""
        if not iscoroutinefunction(endpoint):
            raise TypeError(f"the endpoint of {path!r} must be an `async def`")
        super().add_route(path, endpoint)
        if at_once is not None:
            self._at_once[path] = at_once

    async def bind(self) -> int:
        """Take the port, so that nobody else does; until `open` whoever calls there is refused at
        once, and that costs a call nothing. The port. Raises OSError when that cannot be."""
        settings = self._settings
        self._listening = await self.loop.create_server(
            lambda: Line(self._begin, self._hear_question),
            settings.host,
            settings.port,
            backlog=BACKLOG,
            start_serving=False,
        )
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    async def open(self) -> int:
        """Listen; the port. Raises OSError when that cannot be."""
        port = await self.bind() if self._listening is None else 0
        assert self._listening is not None  # it is bound
        await self._listening.start_serving()
        self._cut_off_the_late()
        return port or self._listening.sockets[0].getsockname()[1]

    async def close(self, within: float = FINISH_SECONDS) -> None:
        """Listen no more and finish what is in flight; what takes longer is cut off."""
        if self._listening is not None:
            self._listening.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._quiet.wait()
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        for line in self._lines:
            line.transport.abort()
        if self._sweep is not None:
            self._sweep.cancel()

    def _cut_off_the_late(self) -> None:
        now = self.loop.time()
        for line in self._lines:
            if line.due < now and not line.late:
                line.cut_off()
        self._sweep = self.loop.call_later(LOOK_EVERY, self._cut_off_the_late)

    def _begin(self, line: Line) -> None:
        """Somebody has connected."""
        if why := self._unwelcome(line):
            self._refused(why)
            line.hear = _nothing
            line.transport.abort()
            return
        line.due = self.loop.time() + HANDSHAKE_SECONDS
        self._lines.add(line)
        self._quiet.clear()

    def _unwelcome(self, line: Line) -> str:
        """Why whoever has connected is sent away, empty when he is not."""
        if len(self._lines) >= self._settings.connections:
            return "crowd"
        peer = line.transport.get_extra_info("peername") or ("",)
        return "" if self._is_peer(peer[0]) else "peer"

    def _in_networks(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:  # it has gone already
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._settings.peers)

    def _hear_question(self, line: Line) -> None:
        handshake = None if line.overfull else line.taken(b"\n\n")
        if handshake is None:
            self._hear_half(line)
            return
        asked = question(handshake)
        endpoint: Endpoint | None = self._route.get(asked.path)
        if endpoint is None:
            self._refused("path")
            self._hang_up(line)
            return
        line.due = inf
        line.hear = self._hear_more
        self._hear_more(line)
        if line.hear is _nothing:
            return
        if answer := self._known(asked):
            self._say_last(asked, line, answer)
        else:
            conversation = Conversation(self, line, asked)
            self._talk(conversation, endpoint(conversation))

    def _hear_more(self, line: Line) -> None:
        """Until we have said something. A line is for one question: who asks on is sent away."""
        if not _HANGUP.startswith(line.came):
            self._refused("more")
            self._hang_up(line)

    def _hear_half(self, line: Line) -> None:
        """What is no handshake yet, and counted where it will be none."""
        if line.late:
            self._refused("slow")
        elif line.overfull:
            self._refused("size")
        elif line.over and line.came:  # a port check sends nothing
            self._refused("half")
        elif not line.over:
            return
        self._hang_up(line)

    def _known(self, asked: Question) -> str:
        """The command that answers at once; empty where the endpoint has to be asked."""
        at_once = self._at_once.get(asked.path)
        try:
            return "" if at_once is None else at_once(asked.asked)
        except NotAtHand:
            return ""
        except Exception:
            log.exception("agi.failed", path=asked.path)
            return ""

    def _say_last(self, asked: Question, line: Line, answer: str) -> None:
        line.due = self.loop.time() + PATIENCE
        line.hear = partial(self._hear_reply, asked)
        line.write(f"{answer}\n".encode())

    def _hear_reply(self, asked: Question, line: Line) -> None:
        """To the answer. Nearly always it is one line, and all is well."""
        if line.came.startswith(_DONE) and line.came.endswith(b"\n"):
            self._count(asked, "done")
            self._hang_up(line)
        else:
            conversation = Conversation(self, line, asked)
            self._talk(conversation, conversation.reply())

    def _talk(self, conversation: Conversation, words: Awaitable[object]) -> None:
        task = self.loop.create_task(self._converse(conversation, words))
        self._talking.add(task)
        task.add_done_callback(self._talking.discard)

    async def _converse(self, conversation: Conversation, words: Awaitable[object]) -> None:
        line, ending = conversation.line, "cancelled"
        try:
            ending = await self._ended(conversation, words)
        finally:
            if ending != _ANSWERED:
                self._hang_up(line)
        if ending != _ANSWERED:
            self._count(conversation.question, ending)

    async def _ended(self, conversation: Conversation, words: Awaitable[object]) -> str:
        """How the conversation ended, as a word for the metrics."""
        try:
            answer = await words
            if isinstance(answer, str):
                self._say_last(conversation.question, conversation.line, answer)
                return _ANSWERED
        except (Over, OSError):
            return "late" if conversation.line.late else "hangup"
        except Unreadable as error:
            log.warning("agi.unreadable", path=conversation.question.path, why=str(error))
            return "unreadable"
        except Exception:
            log.exception("agi.failed", path=conversation.question.path)
            return "failed"
        return "done"

    def _count(self, asked: Question, ending: str) -> None:
        self.counters.count("agi_requests", path=asked.path, ending=ending)

    def _hang_up(self, line: Line) -> None:
        line.hear = _nothing
        line.transport.close()
        self._lines.discard(line)
        if not self._lines:
            self._quiet.set()

    def _refused(self, why: str) -> None:
        self.counters.count("agi_refused", why=why)
        log.debug("agi.refused", why=why)


def _nothing(line: Line) -> None:
    """All is said."""
