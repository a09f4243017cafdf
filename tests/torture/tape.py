"""A recorded call that can be played again and again, each time as a call of its own."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.ami.codec import Frame, Framer
from bridge.ami.replay import call_records
from bridge.ami.translate import KINDS, TELLING
from bridge.domain.record import Direction
from tests.tracker.recorded import Recorded

MONITOR: Final = "/var/spool/asterisk/monitor"
# What the PBX's own lists show beside what decides about a call.
STATES: Final = frozenset({"Newstate", "NewCallerid", "NewConnectedLine"})
_STAMP: Final = re.compile(r"\r\nTimestamp: ([\d.]+)(?=\r\n)")
_ITS_OWN: Final = re.compile(
    r"(?P<uniqueid>\b\d{10}\.\d+\b)"
    r"|(?P<bridge>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"
    r"|(?P<channel>(?<=-)[0-9a-f]{8}(?![0-9a-f-]))"
    r"|(?P<folder>(?<= )/\S*/asterisk-lab/[^/\s]+/spool/monitor)"
)
_COUNT: Final = itertools.count(1)


def _uniqueid() -> str:
    return f"{int(time.time())}.{next(_COUNT)}"


# What names something of one call alone, and how a new name is made.
_NEW: Final[dict[str, Callable[[], str]]] = {
    "uniqueid": _uniqueid,
    "bridge": lambda: str(uuid.uuid4()),
    "channel": lambda: f"{next(_COUNT):08x}",
    "folder": lambda: MONITOR,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message without its time, `after` seconds from the call's first."""

    after: float
    kind: str
    text: str

    def at(self, moment: float) -> str:
        """As Asterisk sends it at this moment (seconds since 1970)."""
        first, _, rest = self.text.partition("\r\n")
        return f"{first}\r\nTimestamp: {moment:.6f}\r\n{rest}\r\n"


@dataclass(frozen=True, slots=True)
class Playing:
    """`client` is the number; `uniqueid` the client's channel, `responsible` the truth."""

    tape: str
    client: str
    uniqueid: str
    responsible: str | None
    messages: tuple[Said, ...]


class Tape:
    """A recorded call of tests/calls that is one call of one client."""

    def __init__(self, recorded: Recorded) -> None:
        self._name = recorded.name
        [truth] = recorded.truth["records"]
        told = call_records([recorded.capture()], recorded.directory())
        [record] = [one for one in told if one.direction is not Direction.INTERNAL]
        self._client: str = truth["client"]["number"]
        self._responsible: str | None = truth["responsible"]
        self._uniqueid = record.call_id.partition("-")[2]
        framer = Framer({*KINDS, *STATES} - {"FullyBooted"}, TELLING)
        items = framer.feed(recorded.capture())
        frames = [one for one in items if isinstance(one, Frame) and one.kind]
        first = float(frames[0].get("Timestamp"))
        self._said = tuple(
            Said(float(one.get("Timestamp")) - first, one.kind, _STAMP.sub("", one.text)[2:])
            for one in frames
        )

    @property
    def seconds(self) -> float:
        return self._said[-1].after

    def again(self, client: str) -> Playing:
        """The same conversation now, with another client (E.164, Russian)."""
        names: dict[str, str] = {}

        def renamed(found: re.Match[str]) -> str:
            if found[0] not in names:
                names[found[0]] = _NEW[found.lastgroup or ""]()
            return names[found[0]]

        messages = tuple(
            Said(
                one.after,
                one.kind,
                _ITS_OWN.sub(renamed, one.text).replace(self._client[2:], client[2:]),
            )
            for one in self._said
        )
        return Playing(self._name, client, names[self._uniqueid], self._responsible, messages)
