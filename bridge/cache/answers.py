"""An answer of the CRM as it is kept, and whether it is still good: pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from struct import Struct
from typing import Final
from zlib import crc32

from bridge.cache.packed import Matches, pack, unpack
from bridge.cache.settings import CacheSettings

_SPREAD: Final = 2**32


@dataclass(frozen=True, slots=True)
class Answer:
    """What the CRM had of a number at `at` (unix seconds)."""

    at: float
    matches: Matches

    def to_bytes(self) -> bytes:
        return _AT.pack(self.at) + pack(self.matches)

    @classmethod
    def from_bytes(cls, data: bytes) -> Answer:
        """Raises ValueError for what another version or another program wrote."""
        if len(data) < _AT.size:
            raise ValueError("nothing that we kept")
        (at,) = _AT.unpack_from(data)
        return cls(at, unpack(data[_AT.size :]))


_AT: Final = Struct(">d")


class State(Enum):
    FRESH = "fresh"
    STALE = "stale"  # good enough to ring by; ask again meanwhile
    GONE = "gone"


def state(answer: Answer, number: str, now: float, settings: CacheSettings) -> State:
    """`now` in unix seconds. Numbers learned at one moment do not all grow old at one moment.

    That a number is unknown is never stale: the client may be known by now, so he is asked for.
    """
    age = now - answer.at
    good = settings.fresh if answer.matches else settings.unknown
    if age < good.total_seconds() * (1 - settings.jitter * _share(number)):
        return State.FRESH
    usable = settings.stale if answer.matches else good
    return State.STALE if age < usable.total_seconds() else State.GONE


def _share(number: str) -> float:
    """The same for one number every time, spread over [0, 1)."""
    return crc32(number.encode()) / _SPREAD
