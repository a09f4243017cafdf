"""Who should get this call now: what the dialplan asks, what it is told, and the port between.

The names of the variables are the contract with the dialplan (docs/routing.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final, Protocol

from bridge.domain.fact import fact

CALLBACK: Final = "closed, callback"
"""The label of a call whose client is promised that we call back."""
TURNED_AWAY: Final = ("blocked", "hidden, reject", "hidden, voicemail", "hidden, number")
"""The labels of calls that are CLOSED at any hour, for who calls."""


class RouteStatus(StrEnum):
    """What the dialplan is to do with the call."""

    OK = "OK"
    """Dial BRIDGE_DIAL for BRIDGE_TIMEOUT seconds, then go on."""
    UNKNOWN = "UNKNOWN"
    """Nobody in particular: the DID's own way."""
    CLOSED = "CLOSED"
    """Nobody works now."""
    TIMEOUT = "TIMEOUT"
    """There was no answer in time."""
    OFF = "OFF"
    """Nobody could be asked."""


@fact(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call that asks. `number` (the client) and `did` are as Asterisk wrote them, None where it
    named none; `words` is what else the dialplan put into the question."""

    number: str | None = None
    did: str | None = None
    uniqueid: str = ""
    channel: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@fact(frozen=True, slots=True, kw_only=True)
class Decision:
    """`owner` is an extension, `dial` what Dial() takes, `deputy` what it takes when nobody took
    the call there, `timeout` and `deputy_timeout` whole seconds of ringing, `priority` for
    QUEUE_PRIO, `label` names the path taken, `say` sound files to play first, `group` who speaks
    the client's language, the penalties those of the members of a queue that are rung."""

    status: RouteStatus
    owner: str | None = None
    dial: str | None = None
    timeout: int | None = None
    name: str | None = None
    language: str | None = None
    priority: int | None = None
    label: str | None = None
    say: tuple[str, ...] = ()
    group: str | None = None
    min_penalty: int | None = None
    max_penalty: int | None = None
    deputy: str | None = None
    deputy_timeout: int | None = None

    def variables(self) -> dict[str, str]:
        """Every channel variable, empty where nothing is known: none is left of an earlier call."""
        return {
            "BRIDGE_STATUS": self.status.value,
            "BRIDGE_OWNER": self.owner or "",
            "BRIDGE_DIAL": self.dial or "",
            "BRIDGE_TIMEOUT": _digits(self.timeout),
            "BRIDGE_NAME": self.name or "",
            "BRIDGE_LANG": self.language or "",
            "BRIDGE_PRIO": _digits(self.priority),
            "BRIDGE_LABEL": self.label or "",
            "BRIDGE_SAY": "&".join(self.say),
            "BRIDGE_GROUP": self.group or "",
            "BRIDGE_MIN_PENALTY": _digits(self.min_penalty),
            "BRIDGE_MAX_PENALTY": _digits(self.max_penalty),
            "BRIDGE_DEPUTY": self.deputy or "",
            "BRIDGE_DEPUTY_TIMEOUT": _digits(self.deputy_timeout),
        }


def _digits(number: int | None) -> str:
    return "" if number is None else str(number)


@fact(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling, for a display; empty where the CRM does not say."""

    name: str = ""
    company: str = ""


class NotAtHand(Exception):
    """An answer that has to be waited for: ask in the way that waits."""


class Routes(Protocol):
    """Whoever decides. It is asked under a deadline, and cancelled when that is past."""

    def at_once(self, asked: Asked) -> Decision:
        """As `route`. Raises NotAtHand where a fact has to be waited for."""
        ...

    async def route(self, asked: Asked) -> Decision:
        """The decision for this call."""
        ...

    async def lookup(self, asked: Asked) -> Caller:
        """Who is calling; an empty Caller for a number that nobody knows."""
        ...

    async def say(self, asked: Asked) -> tuple[str, ...]:
        """Sound files, as Playback names them, that this caller is to hear now."""
        ...
