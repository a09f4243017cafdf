"""Captures made of the recorded calls: one after another, or many copies through each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tests.tracker.recorded import Recorded, all_recorded

END: Final = b"\r\n\r\n"
CHUNK: Final = 64 * 1024
EPOCH: Final = 1_800_000_000.0  # when the made captures begin
# What makes a channel unique: its Uniqueid (epoch.number; a Timestamp has six decimals), the end
# of its name, and the id of a mixing bridge.
_UNIQUE: Final = re.compile(
    rb"\b(\d{10})\.(\d{1,5})(?=[\r;/])|-([0-9a-f]{8})(?=[\r;<])"
    rb"|: ([0-9a-f]{8})(-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?=\r)"
)
_TIME: Final = re.compile(rb"(?<=\n)Timestamp: (\d+\.\d+)")


def chunks(capture: bytes) -> Iterator[bytes]:
    """As a socket would bring it."""
    for start in range(0, len(capture), CHUNK):
        yield capture[start : start + CHUNK]


def of_office() -> list[Recorded]:
    """Calls of the office of two departments on Asterisk 22: one directory fits them all."""
    found = [call for call in all_recorded() if not call.name.endswith("_16")]
    return [
        call for call in found if not call.name.startswith("freepbx_") and not call.truth["agents"]
    ]


def messages(capture: bytes) -> list[bytes]:
    """The messages of a capture without the banner and answers of its session."""
    return [m for m in capture.split(END) if m.startswith(b"Event: ")]


def copy(capture: bytes, number: int, begins: float = EPOCH) -> bytes:
    """The same call once more, by other channels and at another time."""
    tag, name = b"%07d" % number, b"%05x" % number
    first = _TIME.search(capture)
    shift = begins - float(first[1]) if first else 0.0

    def renamed(found: re.Match[bytes]) -> bytes:
        epoch, serial, channel, bridge, rest = found.groups()
        if epoch:
            return b"%s.%s%s" % (epoch, tag, serial.rjust(4, b"0"))
        if channel:
            return b"-%s%s" % (channel, name)
        return b": %s%s%s" % (bridge[:1], tag, rest)

    def moved(found: re.Match[bytes]) -> bytes:
        return b"Timestamp: %.6f" % (float(found[1]) + shift)

    return _TIME.sub(moved, _UNIQUE.sub(renamed, capture))


def interleaved(captures: Iterable[bytes]) -> list[bytes]:
    """The messages of all of them in the order of their times; each capture keeps its own order."""
    found: list[tuple[float, bytes]] = []
    for capture in captures:
        now = 0.0
        for message in messages(capture):
            stamp = _TIME.search(message)
            now = max(now, float(stamp[1])) if stamp else now
            found.append((now, message))
    found.sort(key=lambda dated: dated[0])
    return [message for _, message in found]


def busy(calls: Sequence[bytes], count: int, a_second: float) -> list[bytes]:
    """The messages of `count` calls, each a copy of one of `calls`, so many begun a second."""
    return interleaved(copy(calls[i % len(calls)], i, EPOCH + i / a_second) for i in range(count))
