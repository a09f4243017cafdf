"""One AMI connection: panoramisk's protocol, framed by us.

Kept of the library: its place in asyncio (`protocol_factory`, `send`, `close`, the `factory`
that is told of a loss). Replaced: cutting the stream (whole messages, bounded, only the kinds
wanted), answers (futures with a deadline), and what happens to actions when the link is lost
(they fail; nothing is ever sent a second time).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Final

import structlog
from panoramisk.ami_protocol import AMIProtocol

from bridge.ami.codec import BANNER, END, Frame, Framer
from bridge.ami.errors import BadHeader
from bridge.ami.translate import TELLING
from bridge.link.damage import Damage
from bridge.link.errors import LinkDown, LinkError, NoAnswer

log = structlog.get_logger(__name__)

ANSWER_SECONDS: Final = 10.0
# Asterisk writes each event by itself, thousands a second: let those of a moment come together. It
# closes a reader that is slow for 100 ms; a moment's events wait in the socket's own buffer.
BREATH: Final = 0.03  # seconds
_A_LOT: Final = 32 * 1024  # bytes in one read: more is waiting, read on
_BEGIN: Final = b"\r\n\r\nEvent: "  # the longer, the quicker found
MAX_REPLY: Final = 64 * 1024 * 1024  # 100,000 channels in a list are about 50 MB
# The events that a list action answers with; they are frames too, and must be let through.
LIST_KINDS: Final = frozenset(
    {
        "CoreShowChannel",
        "CoreShowChannelsComplete",
        "BridgeListItem",
        "BridgeListComplete",
        "BridgeInfoChannel",
        "BridgeInfoComplete",
        "QueueParams",
        "QueueMember",
        "QueueEntry",
        "QueueStatusComplete",
        "Status",
        "StatusComplete",
        "DeviceStateListComplete",
    }
)

# Actions that, sent `Async`, are answered at once; an event tells later what came of them.
OUTCOMES: Final = {"Originate": "OriginateResponse"}
# Let through for us alone: the consumer is not told of them.
NOT_TOLD: Final = LIST_KINDS | set(OUTCOMES.values())

Value = str | int | list[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's answer to one action; `items` are the events of a list, without its end, or the
    one that tells the outcome."""

    response: Frame
    items: tuple[Frame, ...] = ()

    @property
    def ok(self) -> bool:
        return self.response.get("Response") in {"Success", "Follows", "Goodbye"}

    @property
    def message(self) -> str:
        return self.response.get("Message")

    @property
    def denied(self) -> bool:
        """A right is missing; other refusals tell what the PBX has, not what we may."""
        return self.message == "Permission denied"


@dataclass(slots=True)
class _Waiting:
    """An action whose answer has not come. `response` is set once a list has begun, or while the
    event of kind `outcome` is still to come."""

    action: str
    future: asyncio.Future[Reply]
    timer: asyncio.TimerHandle
    response: Frame | None = None
    items: list[Frame] = field(default_factory=list)
    size: int = 0
    outcome: str | None = None


class AmiProtocol(AMIProtocol):  # type: ignore[misc]  # the library has no types
    """Hands every event of `kinds` (all when None) to `on_frame`, in order; never raises there.

    `on_damage` is told what was no message; `tap` gets the bytes as they came.
    """

    def __init__(
        self,
        kinds: Iterable[str] | None,
        on_frame: Callable[[Frame], None],
        on_damage: Callable[[Damage], None],
        tap: Callable[[bytes], None] | None = None,
    ) -> None:
        self._framer = Framer() if kinds is None else Framer({*kinds, *NOT_TOLD}, TELLING)
        self._on_frame = on_frame
        self._on_damage = on_damage
        self._tap = tap
        self._waiting: dict[str, _Waiting] = {}
        self._prefix = token_hex(4)  # an answer to an earlier connection's action is nobody's
        self._sent = 0
        self.heard = 0.0
        self.messages = 0  # events that went by on this connection, wanted or not
        self._edge = b""  # the last bytes read: a beginning may be cut in two
        self._greeting = b""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._loop = asyncio.get_running_loop()
        self.heard = self._loop.time()

    @property
    def stranger(self) -> str:
        """How it greeted, where that is not how Asterisk does; "" where it is."""
        if self._greeting.startswith(BANNER):
            return ""
        greeting = self._greeting.partition(b"\n")[0].decode(errors="replace").strip()
        if not greeting:
            return "it greets with nothing: is this the port of manager.conf, and not that of TLS?"
        return f"it greets with {greeting!r}, not as an Asterisk: is this the port of manager.conf?"

    @property
    def unanswered(self) -> int:
        """Actions that wait for their answer now."""
        return len(self._waiting)

    @property
    def _in_a_hurry(self) -> bool:
        """Whether an answer is due now; a phone that rings is in none."""
        return any(not (one.outcome and one.response) for one in self._waiting.values())

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        if self._tap is not None:
            self._tap(data)
        if len(self._greeting) < len(BANNER):
            self._greeting = (self._greeting + data)[: len(BANNER)]
        self._count(data)
        for item in self._framer.feed(data):
            if self.closed:
                return  # what is left of this batch comes after the gap
            try:
                self._take(item)
            except Exception:  # a fault of ours costs one message, never the link
                log.exception("ami.fault", offset=item.offset)
        if len(data) < _A_LOT and not self._in_a_hurry and not self.closed:
            self.transport.pause_reading()
            self._loop.call_later(BREATH, self._read_on)

    def _count(self, data: bytes) -> None:
        read = self._edge + data
        if read.find(END, max(0, len(self._edge) + 1 - len(END))) >= 0:
            self.heard = self._loop.time()
        self.messages += read.count(_BEGIN)
        self._edge = read[1 - len(_BEGIN) :]

    def _read_on(self) -> None:
        if not self.closed:
            self.transport.resume_reading()

    def send(
        self,
        data: Mapping[str, Value],
        as_list: bool | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> asyncio.Future[Reply]:
        """Send an action; the future holds its Reply, or fails with NoAnswer or LinkDown.

        `as_list` is the library's and not needed: a list says so itself. Raises BadHeader.
        """
        headers = encoded(data)
        future: asyncio.Future[Reply] = self._loop.create_future()
        action = str(data.get("Action", ""))
        if self.closed:
            future.set_exception(LinkDown(f"{action} not sent: there is no link to this Asterisk"))
            return future
        self._sent += 1
        action_id = f"{self._prefix}-{self._sent}"
        timer = self._loop.call_later(seconds, self._expire, action_id, seconds)
        outcome = OUTCOMES.get(action) if data.get("Async") == "true" else None
        self._waiting[action_id] = _Waiting(action, future, timer, outcome=outcome)
        self.transport.write(headers + f"ActionID: {action_id}\r\n\r\n".encode())
        self._read_on()  # an answer is not kept waiting
        return future

    def connection_lost(self, exc: Exception | None) -> None:
        for damage in self._framer.close():
            self._on_damage(damage)
        self.close()
        if self.factory is not None:
            self.factory.connection_lost(exc)

    def close(self) -> None:
        """Drop the connection now, unsent bytes too; actions that wait fail with LinkDown."""
        self.closed = True
        self.transport.abort()
        for action_id in list(self._waiting):
            name = self._waiting[action_id].action
            self._fail(action_id, LinkDown(f"link lost before {name} was answered", sent=True))

    def _take(self, item: Frame | Damage) -> None:
        if isinstance(item, Damage):
            self._on_damage(item)
            return
        answer = bool(self._waiting) and self._answers(item)
        if not answer and item.kind and item.kind not in NOT_TOLD:
            self._on_frame(item)

    def _answers(self, frame: Frame) -> bool:
        """Whether the frame belongs to the answer of an action that waits."""
        action_id = frame.get("ActionID")
        waiting = self._waiting.get(action_id)
        if waiting is None:
            return False
        if frame.kind and waiting.response is None and frame.kind != waiting.outcome:
            return False  # an event about the action (OriginateResponse), not its answer
        waiting.size += len(frame.text)
        if waiting.size > MAX_REPLY:
            text = f"{waiting.action} answered with more than {MAX_REPLY / 2**20:.0f} MiB"
            self._fail(action_id, NoAnswer(text, sent=True))
        elif waiting.outcome and (frame.kind or _accepts(frame)):
            self._outcome(action_id, waiting, frame)
        elif not frame.kind and begins_list(frame):
            waiting.response = frame
        elif not frame.kind or ends_list(frame):
            self._resolve(action_id, waiting.response or frame)
        else:
            waiting.items.append(frame)
        return True

    def _outcome(self, action_id: str, waiting: _Waiting, frame: Frame) -> None:
        """The answer, or the event that completes it: they may come in either order."""
        if frame.kind:
            waiting.items.append(frame)
        else:
            waiting.response = frame
        if waiting.response is not None and waiting.items:
            self._resolve(action_id, waiting.response)

    def _resolve(self, action_id: str, response: Frame) -> None:
        waiting = self._waiting.pop(action_id)
        waiting.timer.cancel()
        if not waiting.future.done():
            waiting.future.set_result(Reply(response, tuple(waiting.items)))

    def _expire(self, action_id: str, seconds: float) -> None:
        name = self._waiting[action_id].action
        self._fail(action_id, NoAnswer(f"no answer to {name} within {seconds:g} s", sent=True))

    def _fail(self, action_id: str, error: LinkError) -> None:
        waiting = self._waiting.pop(action_id)
        waiting.timer.cancel()
        if not waiting.future.done():
            waiting.future.set_exception(error)


def begins_list(response: Frame) -> bool:
    """Whether events with the same ActionID follow this response, up to one that ends them."""
    return response.get("EventList").lower() == "start"


def _accepts(response: Frame) -> bool:
    return response.get("Response") == "Success"


def ends_list(event: Frame) -> bool:
    return event.get("EventList").lower() == "complete" or event.kind.endswith("Complete")


def encoded(headers: Mapping[str, Value]) -> bytes:
    """The header lines of an action; a list is one line a value. Raises BadHeader."""
    lines: list[str] = []
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            line = f"{name}: {one}"
            if any(char in line for char in "\r\n\0"):
                raise BadHeader(f"{name!r} holds a line break or NUL: it would be read as a header")
            lines.append(f"{line}\r\n")
    return "".join(lines).encode("utf-8", "replace")
