"""AMI bytes to frames. No socket, no clock, no logging.

A message is header lines that end with CR LF, and an empty line after them. Most messages on a
busy PBX decide nothing (VarSet, Newexten, RTCP …), so the stream is searched, in C, for the
kinds that were asked for; the rest is only counted. What is no message is Damage with its offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

# Asterisk's own messages stay below 64 KiB; past this a peer is broken or hostile.
MAX_MESSAGE: Final = 256 * 1024
_END: Final = b"\r\n\r\n"
_BANNER: Final = b"Asterisk Call Manager/"
_STARTS: Final = re.compile(rb"(?<=\r\n\r\n)(?:Event|Response): ")
_WELL_FORMED: Final = re.compile(rb"(?:[!-9;-~][!-9;-~ ]*:[^\r\0]*\r\n)+")


@dataclass(frozen=True, slots=True)
class Frame:
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

    Responses are always handed over. `messages` counts every message that went by.
    """

    def __init__(self, kinds: Iterable[str] | None = None) -> None:
        names = b"[^\r\n]+" if kinds is None else b"|".join(sorted(k.encode() for k in kinds))
        self._wanted = re.compile(rb"(?<=\r\n\r\n)(?:Event: (%b)|Response: [^\r\n]*)\r\n" % names)
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
        regular = len(_STARTS.findall(held, 0, end))
        self.messages += regular
        frames = (self._frame(held, match) for match in self._wanted.finditer(held, 0, end))
        if held.count(_END, 0, end + 2) == regular:
            return frames
        return iter(sorted([*self._irregular(held, end), *frames], key=lambda it: it.offset))

    def _frame(self, held: bytes, match: re.Match[bytes]) -> Frame | Damage:
        start, stop = match.start(), held.find(_END, match.end() - 2) + 2
        offset = self._offset + start
        if _WELL_FORMED.fullmatch(held, start, stop) is None:
            return Damage(offset, "a line that is no header")
        if held.find(b"\r\nEvent: ", start, stop) > 0:
            return Damage(offset, "two messages run into each other")
        kind = (match[1] or b"").decode("utf-8", "replace")
        return Frame(kind, held[start - 2 : stop].decode("utf-8", "replace"), offset)

    def _irregular(self, held: bytes, end: int) -> Iterator[Damage]:
        position = len(_END)
        while position < end + 2:
            stop = held.find(_END, position - 2)
            if not held.startswith((b"Event: ", b"Response: "), position) and stop > position:
                yield Damage(self._offset + position, "neither an event nor a response")
            position = max(stop, position - 2) + len(_END)

    def _skip(self, held: bytes, before: int = 0) -> None:
        """Forget all but the bytes that may begin an end."""
        keep = len(_END) - 1
        self._offset += before + len(held) - keep
        self._held = held[-keep:]
