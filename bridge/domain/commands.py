"""Command: what someone should do, and Outcome: what the CRM said to it.

Durable or perishable is part of the type. A durable command's arguments may point to the result
of an earlier command of the same plan (`ResultOf`), which the outbox fills in before effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, Self

from pydantic import TypeAdapter

from bridge.domain import masks
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.transcription import Lines


@dataclass(frozen=True, slots=True)
class ResultOf:
    """The id that the command of this key made, known once it was accepted."""

    key: str


@dataclass(frozen=True, slots=True)
class MadeEntity:
    """An entity that an earlier command of this plan makes."""

    kind: EntityKind
    by: ResultOf


Target = EntityRef | MadeEntity


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLead:
    """A lead of a client whom nothing stores, or with `repeat` of one whom `contact` or `company`
    does. `phone` and `did` are E.164, `owner` the CRM's user."""

    command: Literal["create_lead"] = "create_lead"
    title: str
    phone: str | None
    did: str | None
    owner: str | None
    contact: str | None = None
    company: str | None = None
    repeat: bool = False
    pipeline: str | None = None
    stage: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCall:
    """Put the call into the common call list under `user`, on `entities` if there are any.

    `notes` are words for what the rules had to assume; the CRM sees them among the oddities.
    """

    command: Literal["log_call"] = "log_call"
    call_id: str
    user: str | None
    entities: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachRecording:
    """`further`: the call has another recording already, so this one is put beside that."""

    command: Literal["attach_recording"] = "attach_recording"
    call: ResultOf
    recording: str
    further: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachTranscription:
    """What was said in the logged call, for a CRM that keeps such words."""

    command: Literal["attach_transcription"] = "attach_transcription"
    call: ResultOf
    lines: Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCall:
    """The client rated the call when the CRM had it already. `rating` is 1 to 5."""

    command: Literal["rate_call"] = "rate_call"
    call: ResultOf
    rating: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTask:
    """A task for `owner` (the CRM's user), on `entity` where there is one."""

    command: Literal["create_task"] = "create_task"
    title: str
    owner: str | None
    entity: Target | None = None
    fields: dict[str, str] = field(default_factory=dict)


Upserted = Literal[EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.DEAL]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert:
    """Make this entity, or change it where `id` names one.

    `fields` are named as the port names them (see `Crm`); `before` is what the CRM had in those
    that change, for people who ask later why. `contact` and `company` are what a deal belongs to.
    """

    command: Literal["upsert"] = "upsert"
    kind: Upserted
    id: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    pipeline: str | None = None
    contact: Target | None = None
    company: Target | None = None


DurableCommand = (
    CreateLead | LogCall | AttachRecording | AttachTranscription | RateCall | CreateTask | Upsert
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One durable command with its key (`destination/call_id/command/subject`) and its reason."""

    key: str
    command: DurableCommand
    why: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back, and that a person can read."""
        plain: dict[str, Any] = _PLANNED.dump_python(self, mode="json")
        return plain

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The command that `to_json` wrote. Raises ValueError on anything else."""
        planned: Self = _PLANNED.validate_python(data)
        return planned


_PLANNED: Final[TypeAdapter[Any]] = TypeAdapter(Planned)


class Verdict(StrEnum):
    """What the CRM said to one write; the word decides what the outbox does next."""

    ACCEPTED = "accepted"  # done: store the result
    TRY_LATER = "try_later"  # temporary: repeat after `retry_after` or by back-off
    REFUSED = "refused"  # permanent: park at once, a person must change something
    NEEDS_LOGIN = "needs_login"  # credentials are dead: hold the destination, tell an admin
    UNCLEAR = "unclear"  # sent, but no answer: ask `find(key)` before any repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`result` is the id of what was made; `detail` is for people, without secrets and whole
    numbers, whatever the CRM said. A recording or a rating that is accepted without a result has
    no place in the CRM, and the words say why: nobody need act, and it stays with us. `notes` are
    words for what the connector had to assume; they are counted, as those of the rules."""

    verdict: Verdict
    result: str | None = None
    retry_after: float | None = None
    detail: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", masks.plain(self.detail))
