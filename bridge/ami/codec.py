"""AMI bytes to frames. No socket, no clock, no logging.

A message is header lines that end with CR LF, and an empty line after them. Most messages on a
busy PBX decide nothing (VarSet, Newexten, RTCP …), so the stream is searched, in C, for the
kinds that were asked for; the rest is only counted. What is no message is Damage with its offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

# Asterisk's own messages stay below 64 KiB; past this a peer is broken or hostile.
MAX_MESSAGE: Final = 256 * 1024
_END: Final = b"\r\n\r\n"
_BANNER: Final = b"Asterisk Call Manager/"


class Frame(NamedTuple):
    """One AMI message. `kind` is the event's name, "" for a response; `text` begins and ends
    with CR LF, so that every header is found between two of them. `offset` is in bytes."""

    kind: str
    text: str
    offset: int

    def get(self, header: str) -> str:
        """The header's first value, "" where there is none."""
        key = f"\r\n{header}:"
        start = self.text.find(key)
        if start < 0:
            return ""
        start += len(key)
        return self.text[start : self.text.find("\r\n", start)].strip(" ")

    def all(self, header: str) -> list[str]:
        """Every value of a header that may repeat, in order (ChanVariable, Output)."""
        key = f"{header}:"
        lines = self.text.split("\r\n")
        return [line[len(key) :].strip(" ") for line in lines if line.startswith(key)]

    def repeats(self, header: str) -> bool:
        """Whether a header that must be single comes twice (a name with CR LF in it)."""
        key = f"\r\n{header}:"
        return self.text.find(key, self.text.find(key) + 1) > 0

    def headers(self) -> dict[str, list[str]]:
        """All headers; each value a list, always."""
        found: dict[str, list[str]] = {}
        for line in self.text.strip("\r\n").split("\r\n"):
            header, _, value = line.partition(":")
            found.setdefault(header, []).append(value.strip(" "))
        return found


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no AMI message. `offset` counts from the start of the stream."""

    offset: int
    what: str


class Framer:
    """Cuts a byte stream into frames of the kinds wanted; all kinds when `kinds` is None.

    `telling` narrows a chatty kind to the messages in which one header has one of some values.
    Responses are always handed over. `messages` counts all that went by.
    """

    def __init__(
        self,
        kinds: Iterable[str] | None = None,
        telling: Mapping[str, tuple[str, Iterable[str]]] = MappingProxyType({}),
    ) -> None:
        self._kinds = None if kinds is None else {kind.encode(): kind for kind in kinds}
        self._telling = {
            kind.encode(): _says(header, values).search
            for kind, (header, values) in telling.items()
        }
        self._held = _END  # a message starts after an empty line, the first one too
        self._offset = -len(_END)  # of self._held[0]
        self._skipping = False
        self._greeted = False
        self.messages = 0

    def feed(self, data: bytes) -> Iterator[Frame | Damage]:
        """Frames and damage in the order of the stream. Takes chunks cut anywhere."""
        held = self._held + data
        if not self._greeted:
            held = self._greet(held)
        if self._skipping:
            start = held.find(_END)
            if start < 0:
                self._skip(held)
                return
            self._skipping = False
            self._offset += start
            held = held[start:]
        end = held.rfind(_END)
        yield from self._cut(held, end)
        self._offset += end
        self._held = held[end:]
        if len(self._held) > MAX_MESSAGE:
            yield Damage(self._offset + len(_END), f"a message longer than {MAX_MESSAGE} bytes")
            self._skipping = True
            self._skip(self._held[len(_END) :], len(_END))

    def close(self) -> Iterator[Damage]:
        """What is left when the stream ends: a message without its end is damage."""
        rest = self._held[len(_END) :]
        if rest.strip() and not self._skipping:
            yield Damage(self._offset + len(_END), "cut off: the last message has no end")

    def _greet(self, held: bytes) -> bytes:
        """The banner is a line of its own, with no empty line after it: make it go."""
        body = held[len(_END) :]
        if len(body) < len(_BANNER) and _BANNER.startswith(body):
            return held
        line_end = body.find(b"\r\n")
        if body.startswith(_BANNER) and line_end < 0:
            return held
        self._greeted = True
        if not body.startswith(_BANNER):
            return held
        self._offset += line_end + 2
        return _END + body[line_end + 2 :]

    def _cut(self, held: bytes, end: int) -> Iterator[Frame | Damage]:
        """Every message of held[:end]; the loop does no more than it must for those unwanted."""
        kinds, telling, at = self._kinds, self._telling, self._offset
        messages = held[len(_END) : end].split(_END) if end > 0 else []
        for message in messages:
            at += len(_END)
            if message[:7] == b"Event: ":
                stop = message.find(b"\r")
                name = message[7:stop] if stop > 0 else message[7:]
                wanted = kinds is None or name in kinds
                if wanted and ((tells := telling.get(name)) is None or tells(message)):
                    found = self._frame(name, message, at)
                else:
                    found = None
            else:
                found = self._other(message, at)
            if found is not None:
                yield found
            at += len(message)
        self.messages += len(messages)

    def _other(self, message: bytes, at: int) -> Frame | Damage | None:
        if message[:10] == b"Response: ":
            return Frame("", f"\r\n{message.decode('utf-8', 'replace')}\r\n", at)
        event = message.lstrip(b"\r\n")  # a CEL event may end with one empty line too many
        if len(event) == len(message):
            return Damage(at, "neither an event nor a response")
        at += len(message) - len(event)
        if event[:7] != b"Event: ":
            return self._other(event, at) if event else None
        name = event[7:].partition(b"\r")[0]
        wanted = self._kinds is None or name in self._kinds
        tells = self._telling.get(name)
        return self._frame(name, event, at) if wanted and (not tells or tells(event)) else None

    def _frame(self, name: bytes, message: bytes, at: int) -> Frame | Damage:
        if b"\r\nEvent: " in message:
            return Damage(at, "two messages run into each other")
        text = message.decode("utf-8", "replace")
        kind = text[7:].partition("\r")[0] if self._kinds is None else self._kinds[name]
        return Frame(kind, f"\r\n{text}\r\n", at)

    def _skip(self, held: bytes, before: int = 0) -> None:
        """Forget all but the bytes that may begin an end."""
        keep = len(_END) - 1
        self._offset += before + len(held) - keep
        self._held = held[-keep:]


def _says(header: str, values: Iterable[str]) -> re.Pattern[bytes]:
    """A message in which the header has one of the values."""
    either = "|".join(map(re.escape, values))
    return re.compile(f"\r\n{header}: (?:{either})(?:\r|\\Z)".encode())
