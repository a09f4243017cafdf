"""A recorded stream as its connections: what one login heard.

A capture that spans a reconnect, or several put together, has a banner in the middle; one that
went through an editor ends its lines with LF alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from bridge.ami.codec import MAX_MESSAGE, Frame, Framer
from bridge.link.damage import Damage

_BANNER: Final = b"\nAsterisk Call Manager/"


class Piece(NamedTuple):
    """Bytes of one connection; `begin` is where the connection began in the stream."""

    data: bytes
    begin: int


def pieces(chunks: Iterable[bytes]) -> Iterator[Piece]:
    """The stream cut at least where a new connection begins."""
    held, begin, at = b"", 0, 0
    for chunk in chunks:
        held += chunk
        while (found := held.find(_BANNER)) >= 0:
            yield Piece(held[: found + 1], begin)
            begin = at = at + found + 1
            held = held[found + 1 :]
        if sure := _before_a_banner(held):
            yield Piece(held[:sure], begin)
            at, held = at + sure, held[sure:]
    yield Piece(held, begin)


def _before_a_banner(held: bytes) -> int:
    """Where the end may be a banner's beginning; else the end itself."""
    line = held.rfind(b"\n", -len(_BANNER))
    return line if line >= 0 and _BANNER.startswith(held[line:]) else len(held)


def bare(begin: bytes) -> bool:
    """Whether the first line ends with LF alone."""
    end = begin.find(b"\n")
    return end >= 0 and begin[max(0, end - 1) : end] != b"\r"


class Connection:
    """Cuts the bytes of one connection into frames; offsets are those of the whole stream."""

    def __init__(self, framer: Framer, begin: int) -> None:
        self.begin = begin
        self._framer = framer
        self._bare: _BareLines | None = None
        self._held = b""
        self._lines_known = False

    def feed(self, data: bytes) -> Iterator[Frame | Damage]:
        if not self._lines_known:
            data, self._held = self._held + data, b""
            end = data.find(b"\n")
            if end < 0 and len(data) < MAX_MESSAGE:
                self._held = data
                return
            self._lines_known = True
            if bare(data):
                self._bare = _BareLines(self._framer)
        found = self._framer.feed(data) if self._bare is None else self._bare.feed(data)
        yield from self._placed(found)

    def close(self) -> Iterator[Frame | Damage]:
        rest = self._framer.feed(self._held) if self._bare is None else self._bare.close()
        yield from self._placed(rest)
        if self._bare is None:
            yield from self._placed(self._framer.close())

    def _placed(self, items: Iterable[Frame | Damage]) -> Iterator[Frame | Damage]:
        for item in items:
            yield _at(item, self.begin + item.offset) if self.begin else item


class _BareLines:
    """Gives the framer CR LF for every LF, one message at a time."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._held = b""
        self._read = 0
        self._fed = 0

    def feed(self, data: bytes) -> Iterator[Frame | Damage]:
        *messages, self._held = (self._held + data).split(b"\n\n")
        for message in messages:
            yield from self._one(message + b"\n\n")
        if len(self._held) > MAX_MESSAGE:
            held, self._held = self._held, b""
            yield from self._one(held)

    def close(self) -> Iterator[Frame | Damage]:
        yield from self._one(self._held)
        for item in self._framer.close():
            yield _at(item, self._read - len(self._held))

    def _one(self, message: bytes) -> Iterator[Frame | Damage]:
        told = message.replace(b"\n", b"\r\n")
        for item in self._framer.feed(told):
            inside = max(0, item.offset - self._fed)
            yield _at(item, self._read + inside - told.count(b"\r\n", 0, inside))
        self._read, self._fed = self._read + len(message), self._fed + len(told)


def _at(item: Frame | Damage, offset: int) -> Frame | Damage:
    return replace(item, offset=offset)
