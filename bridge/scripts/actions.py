"""Action: what a script wants done now. A closed vocabulary; every one of them is perishable.

Texts are rendered, and nothing but text to the dialplan (see bridge/domain/lines.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class To(StrEnum):
    """Who hears a prompt."""

    CLIENT = "client"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Ask:
    """Send the call so far to `url`; the JSON of the answer is `answers.<name>` from then on."""

    name: str
    url: str
    method: str
    body: str
    timeout: float  # seconds


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a database; its rows are the JSON of `answers.<name>` from then on. `values`
    are bound to the names in `sql`, never written into it."""

    name: str
    database: str
    sql: str
    values: Mapping[str, str]
    timeout: float  # seconds


@dataclass(frozen=True, slots=True)
class Play:
    """Sound files, as Playback names them; the conversation goes on under it."""

    sounds: tuple[str, ...]
    to: To


@dataclass(frozen=True, slots=True)
class Transfer:
    """The client goes on there; whoever talked with the client is left."""

    context: str
    extension: str


@dataclass(frozen=True, slots=True)
class SetVariables:
    """On the client's channel."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AddLabel:
    """To the path of the call, which is in its record and reaches the CRM."""

    text: str

    @property
    def values(self) -> dict[str, str]:
        """As a variable of the channel, which is how Asterisk tells it back."""
        return {"BRIDGE_LABEL": self.text}


@dataclass(frozen=True, slots=True)
class Tell:
    """A line of text for these extensions: in the CRM, and in the live stream."""

    agents: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The client's channel ends."""


@dataclass(frozen=True, slots=True)
class MakeTask:
    """A task in the CRMs, for the user of this extension, on the client's entity."""

    title: str
    agent: str | None
    fields: Mapping[str, str] = field(default_factory=dict)


Question = Ask | Query
Action = Question | Play | Transfer | SetVariables | AddLabel | Tell | HangUp | MakeTask

# By the names that scripts give them.
WORDS: Final[dict[type, str]] = {
    Ask: "ask",
    Query: "query",
    Play: "play",
    Transfer: "transfer",
    SetVariables: "set",
    AddLabel: "label",
    Tell: "tell",
    HangUp: "hang_up",
    MakeTask: "task",
}
OnTheChannel = Play | Transfer | SetVariables | AddLabel | HangUp
ON_THE_CHANNEL: Final = (Play, Transfer, SetVariables, AddLabel, HangUp)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the dialplan is to do; `late` when the script's deadline has cut it short."""

    actions: tuple[Action, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address or a database answered; `json` is None when it was none, or not in time."""

    ok: bool = False
    status: int | None = None
    json: Any = None

    def facts(self) -> dict[str, Any]:
        return {"ok": self.ok, "status": self.status, "json": self.json}
