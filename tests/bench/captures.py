"""Captures made of the recorded calls: one after another, or many copies through each other."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Final

from tests.tracker.recorded import Recorded, all_recorded

END: Final = b"\r\n\r\n"
CHUNK: Final = 64 * 1024
# What makes a channel unique: its Uniqueid (epoch.number; a Timestamp has six decimals), the end
# of its name, and the id of a mixing bridge.
_UNIQUE: Final = re.compile(
    rb"\b(\d{10})\.(\d{1,5})(?=[\r;/])|-([0-9a-f]{8})(?=[\r;<])"
    rb"|: ([0-9a-f]{8})(-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?=\r)"
)


def chunks(capture: bytes) -> Iterator[bytes]:
    """As a socket would bring it."""
    for start in range(0, len(capture), CHUNK):
        yield capture[start : start + CHUNK]


def of_office() -> list[Recorded]:
    """Calls of the office of two departments on Asterisk 22: one directory fits them all."""
    found = [call for call in all_recorded() if not call.name.endswith("_16")]
    return [call for call in found if not call.name.startswith("freepbx_") and not call.truth["agents"]]


def messages(capture: bytes) -> list[bytes]:
    """The messages of a capture without the banner and answers of its session."""
    return [m for m in capture.split(END) if m.startswith(b"Event: ")]


def copy(capture: bytes, number: int) -> bytes:
    """The same call once more, by other channels."""
    tag = b"%07d" % number
    name = b"%05x" % number

    def renamed(found: re.Match[bytes]) -> bytes:
        epoch, serial, channel, bridge, rest = found.groups()
        if epoch:
            return b"%s.%s%s" % (epoch, tag, serial.rjust(4, b"0"))
        if channel:
            return b"-%s%s" % (channel, name)
        return b": %s%s%s" % (bridge[:1], tag, rest)

    return _UNIQUE.sub(renamed, capture)


def interleaved(streams: Sequence[Sequence[bytes]], at_once: int, seed: int = 1) -> Iterator[bytes]:
    """Messages of many calls, `at_once` of them in progress at a time; each call in its order."""
    chance = random.Random(seed)
    waiting = [iter(stream) for stream in reversed(streams)]
    going: list[Iterator[bytes]] = []
    while waiting or going:
        while waiting and len(going) < at_once:
            going.append(waiting.pop())
        number = chance.randrange(len(going))
        message = next(going[number], None)
        if message is None:
            going[number] = going[-1]
            going.pop()
        else:
            yield message


def busy(calls: Sequence[bytes], count: int, at_once: int) -> bytes:
    """One long capture: `count` calls, each a copy of one of `calls`, through each other."""
    streams = [messages(copy(calls[i % len(calls)], i)) for i in range(count)]
    return END.join(interleaved(streams, at_once)) + END
