"""The call record, version 1: what is known of one finished call.

`bridge/domain/call_record.schema.json` is its public JSON Schema. Absent is None, never a guess.
Times are aware UTC datetimes inside the program and RFC 3339 with milliseconds in JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import Field, PlainSerializer, TypeAdapter

from bridge.domain.fact import fact

SCHEMA: Final = 1


def stamp(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(stamp, return_type=str, when_used="json")]
Seconds = Annotated[float, PlainSerializer(lambda value: round(value, 3), return_type=float)]


class Direction(StrEnum):
    """Who called: the client, one of us the client, or one of us another."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Disposition(StrEnum):
    """How the call as a whole ended: did a person talk with the client."""

    ANSWERED = "answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


class MissedReason(StrEnum):
    """Why nobody of the company talked with a client who called."""

    ABANDONED = "abandoned"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    AFTER_HOURS = "after_hours"
    IVR = "ivr"


class How(StrEnum):
    """What brought an agent into the conversation."""

    DIAL = "dial"
    QUEUE = "queue"
    PICKUP = "pickup"
    BLIND_TRANSFER = "blind_transfer"
    ATTENDED_TRANSFER = "attended_transfer"
    PARKING = "parking"
    REDIRECT = "redirect"


class LegOutcome(StrEnum):
    """What became of one device that was rung."""

    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNAVAILABLE = "unavailable"


class TransferKind(StrEnum):
    """`blonde`: attended, and given away before the other had answered."""

    BLIND = "blind"
    ATTENDED = "attended"
    BLONDE = "blonde"


class RecordingState(StrEnum):
    """How far the file is: awaited, kept by us, delivered everywhere, or why there is none."""

    EXPECTED = "expected"
    READY = "ready"
    DELIVERED = "delivered"
    MISSING = "missing"
    EMPTY = "empty"
    UNREADABLE = "unreadable"


class Source(StrEnum):
    """Where the record came from: the live stream, or read in later."""

    LIVE = "live"
    BACKFILL = "backfill"


@fact(frozen=True, slots=True, kw_only=True)
class Client:
    """The outside party. `number` is E.164 or None; `raw` is what the network sent."""

    number: str | None = None
    raw: str | None = None
    name: str | None = None
    withheld: bool = False


@fact(frozen=True, slots=True, kw_only=True)
class Segment:
    """One agent in one conversation with the client, from the first to the last shared audio."""

    agent: str
    from_: Annotated[Moment | None, Field(alias="from")]
    to: Moment | None
    seconds: Seconds | None
    how: How


@fact(frozen=True, slots=True, kw_only=True)
class Leg:
    """One device that was rung for this call."""

    agent: str | None
    endpoint: str
    rang_at: Moment | None
    ring_seconds: Seconds | None
    outcome: LegOutcome | None


@fact(frozen=True, slots=True, kw_only=True)
class Transfer:
    """`by` and `to` are extensions, or a number where it went outside. `completed`: the client was
    talked with there."""

    kind: TransferKind
    by: str | None
    to: str | None
    at: Moment | None
    completed: bool


@fact(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording of the call. `pbx_path` is where the PBX wrote it, `file` where we keep it."""

    id: str
    file: str | None = None
    pbx_path: str | None = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None
    channel: str | None = None
    state: RecordingState = RecordingState.EXPECTED

    @property
    def sides(self) -> tuple[str, ...]:
        """Its files on the PBX: one; or where MixMonitor recorded both sides apart, by r() and
        t(), what the channel said and what was said to it, which `pbx_path` joins with `|`."""
        return tuple(self.pbx_path.split("|")) if self.pbx_path else ()


@fact(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One finished call (`ended_at` None: its end was not seen). See the module's docstring."""

    call_id: str
    pbx: str
    direction: Direction
    client: Client
    revision: int = 1
    did: str | None = None
    started_at: Moment | None = None
    answered_at: Moment | None = None
    ended_at: Moment | None = None
    disposition: Disposition | None = None
    missed_reason: MissedReason | None = None
    answered_by: tuple[str, ...] = ()
    responsible: str | None = None
    segments: tuple[Segment, ...] = ()
    legs: tuple[Leg, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    transferred_out: str | None = None
    cause: int | None = None
    rating: int | None = None
    language: str | None = None
    wait_seconds: Seconds | None = None
    talk_seconds: Seconds | None = None
    hold_seconds: Seconds | None = None
    queue: str | None = None
    labels: tuple[str, ...] = ()
    recordings: tuple[Recording, ...] = ()
    needs_review: bool = False
    oddities: tuple[str, ...] = ()
    source: Source = Source.LIVE

    @property
    def path(self) -> str:
        """The labels for people, in their order: `owner > owner's deputy`. The DID and the queue
        have fields of their own."""
        return " > ".join(one for one in self.labels if not one.startswith(("did:", "queue:")))

    def to_json(self) -> dict[str, Any]:
        """The public JSON object, `schema` first."""
        plain: dict[str, Any] = _RECORD.dump_python(self, mode="json", by_alias=True)
        return {"schema": SCHEMA, **plain}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The record that `to_json` wrote. Raises ValueError on anything else."""
        if data.get("schema") != SCHEMA:
            raise ValueError(f"call record schema {data.get('schema')!r} is not {SCHEMA}")
        record: Self = _RECORD.validate_python(data)
        return record


_RECORD: Final[TypeAdapter[Any]] = TypeAdapter(CallRecord)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `to_json`, the public contract."""
    schema = _RECORD.json_schema(mode="serialization", by_alias=True)
    version = {"const": SCHEMA, "description": "version of this contract"}
    schema["properties"] = {"schema": version, **schema["properties"]}
    schema["required"] = list(schema["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
