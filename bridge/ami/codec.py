"""AMI bytes to frames. No socket, no clock, no logging.

A message is header lines that end with CR LF, and an empty line after them. Most messages on a
busy PBX decide nothing (VarSet, Newexten, RTCP …), so the stream is searched, in C, for messages
of the kinds that were asked for and for what is no event; nothing else is cut or looked at. What
is no message is Damage with its offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from bridge.domain.fact import fact
from bridge.link.damage import Damage

# Asterisk's own messages stay below 64 KiB; past this a peer is broken or hostile.
MAX_MESSAGE: Final = 256 * 1024
END: Final = b"\r\n\r\n"
BANNER: Final = b"Asterisk Call Manager/"
# Two messages in five are of this kind, and few of them tell anything: where `telling` narrows it,
# the telling lines are searched for, and not the kind itself.
_CHATTIEST: Final = b"VarSet"
_Finds = Callable[[bytes, int, int], Iterator[re.Match[bytes]]]


@fact(frozen=True, slots=True)
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


class Framer:
    """Cuts a byte stream into frames of the kinds wanted; all kinds when `kinds` is None.

    `telling` narrows a chatty kind to the messages in which one header has one of some values.
    Responses are always handed over.
    """

    def __init__(
        self,
        kinds: Iterable[str] | None = None,
        telling: Mapping[str, tuple[str, Iterable[str]]] = MappingProxyType({}),
    ) -> None:
        self._kinds = None if kinds is None else {kind.encode(): kind for kind in kinds}
        self._telling = {
            kind.encode(): _says(says[0], tuple(says[1])) for kind, says in telling.items()
        }
        self._sought = None if self._kinds is None else self._telling.get(_CHATTIEST)
        sought = frozenset() if self._sought is None else {_CHATTIEST}
        self._begins = _begins(None if self._kinds is None else frozenset(self._kinds) - sought)
        self._held = END  # a message starts after an empty line, the first one too
        self._offset = -len(END)  # of self._held[0]
        self._skipping = False
        self._greeted = False

    def feed(self, data: bytes) -> Iterator[Frame | Damage]:
        """Frames and damage in the order of the stream. Takes chunks cut anywhere."""
        held = self._held + data
        if not self._greeted:
            held = self._greet(held)
        if self._skipping:
            start = held.find(END)
            if start < 0:
                self._skip(held)
                return
            self._skipping = False
            self._offset += start
            held = held[start:]
        end = held.rfind(END)
        yield from self._cut(held, end)
        self._offset += end
        self._held = held[end:]
        if len(self._held) > MAX_MESSAGE:
            yield Damage(self._offset + len(END), f"a message longer than {MAX_MESSAGE} bytes")
            self._skipping = True
            self._skip(self._held[len(END) :], len(END))

    def close(self) -> Iterator[Damage]:
        """What is left when the stream ends: a message without its end is damage."""
        rest = self._held[len(END) :]
        if rest.strip() and not self._skipping:
            yield Damage(self._offset + len(END), "cut off: the last message has no end")

    def _greet(self, held: bytes) -> bytes:
        """The banner is a line of its own, with no empty line after it: make it go."""
        body = held[len(END) :]
        if len(body) < len(BANNER) and BANNER.startswith(body):
            return held
        line_end = body.find(b"\r\n")
        if body.startswith(BANNER) and line_end < 0:
            return held
        self._greeted = True
        if not body.startswith(BANNER):
            return held
        self._offset += line_end + 2
        return END + body[line_end + 2 :]

    def _cut(self, held: bytes, end: int) -> Iterator[Frame | Damage]:
        """Every message of held[:end] that is wanted, or is none."""
        stop = 0
        for start in self._starts(held, end):
            if start < stop:
                continue  # found twice, once with the empty line before it
            stop = held.find(END, start)
            found = self._message(held, start, stop)
            if found is not None:
                yield found

    def _starts(self, held: bytes, end: int) -> Iterable[int]:
        """Where they begin, in order."""
        starts = [found.end() for found in self._begins(held, 0, end)]
        told = list(self._told(held, end))
        return sorted([*starts, *told]) if told else starts

    def _told(self, held: bytes, end: int) -> Iterator[int]:
        """Where those of the chattiest kind begin that have a telling line."""
        stop = 0
        for line in self._sought.finditer(held, 0, end) if self._sought is not None else ():
            if line.start() > stop:
                yield held.rfind(END, stop, line.start()) + len(END)
                stop = held.find(END, line.start())

    def _message(self, held: bytes, start: int, stop: int) -> Frame | Damage | None:
        if not held.startswith(b"Event: ", start):
            return self._other(held, start, stop)
        name = held[start + 7 : held.find(b"\r", start)]
        if self._kinds is not None and name not in self._kinds:
            return None
        says = self._telling.get(name)
        if says is not None and says.search(held, start, stop) is None:
            return None
        if held.find(b"\r\nEvent: ", start, stop) > 0:
            return Damage(self._offset + start, "two messages run into each other")
        kind = self._kinds[name] if self._kinds is not None else name.decode("utf-8", "replace")
        return self._frame(kind, held, start, stop)

    def _other(self, held: bytes, start: int, stop: int) -> Frame | Damage | None:
        if held.startswith(b"Response: ", start):
            return self._frame("", held, start, stop)
        # A CEL event may end with one empty line too many.
        first = stop - len(held[start:stop].lstrip(b"\r\n"))
        if first == start:
            return Damage(self._offset + start, "neither an event nor a response")
        return self._message(held, first, stop) if first < stop else None

    def _frame(self, kind: str, held: bytes, start: int, stop: int) -> Frame:
        text = held[start:stop].decode("utf-8", "replace")
        return Frame(kind, f"\r\n{text}\r\n", self._offset + start)

    def _skip(self, held: bytes, before: int = 0) -> None:
        """Forget all but the bytes that may begin an end."""
        keep = len(END) - 1
        self._offset += before + len(held) - keep
        self._held = held[-keep:]


@cache
def _begins(kinds: frozenset[bytes] | None) -> _Finds:
    """Finds where messages begin, but for events of other kinds than these. The pattern's first
    bytes are plain: they are looked for without the machinery of a pattern."""
    others = b"" if kinds is None else b"(?!Event: (?!(?:%s)(?:\r|\\Z)))" % _either(kinds)
    return re.compile(b"\n\r\n(?<=%s)%s" % (END, others)).finditer


@cache
def _says(header: str, values: tuple[str, ...]) -> re.Pattern[bytes]:
    """A line in which the header has one of the values."""
    either = _either(value.encode() for value in values)
    return re.compile(b"%s: (?<=\r\n%s: )(?:%s)(?:\r|\\Z)" % (*[header.encode()] * 2, either))


def _either(words: Iterable[bytes]) -> bytes:
    return b"|".join(map(re.escape, sorted(words)))
