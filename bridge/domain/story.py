"""A call record told in words: what happened when, and why this person is the responsible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from bridge.domain.numbers import masked
from bridge.domain.record import CallRecord, Direction, How, Leg, Segment, Transfer

_HOW: Final = {
    How.DIAL: "was rung and talks with the client",
    How.QUEUE: "takes the client from the queue",
    How.PICKUP: "picks the call up and talks with the client",
    How.BLIND_TRANSFER: "talks with the client after a blind transfer",
    How.ATTENDED_TRANSFER: "talks with the client after an attended transfer",
    How.PARKING: "talks with the client after parking",
    How.REDIRECT: "talks with the client, whom the PBX redirected",
}
ODDITIES: Final = {
    "unknown_party": "somebody whom no event names shared audio with the client",
    "left_unseen": "an event is lost, and the last to talk may have left before it",
    "answered_unseen": "somebody answered the client, and their talk was not seen",
    "gap": "the link to the PBX was down when somebody else may have talked with the client",
    "start_not_seen": "the beginning of the call was not seen",
    "end_not_seen": "the end of the call was not seen",
    "no_agent": "the client answered and nobody of the company was there",
    "link_lost": "the link to the PBX was down during the call",
}

Line = tuple[datetime | None, str]


def story(record: CallRecord, told: Mapping[str, str] | None = None) -> Iterator[str]:
    """The call line by line, oldest first; full numbers never. `told` has what a person should
    know of its recordings, by their ids."""
    yield _headline(record)
    for at, text in sorted(_lines(record), key=_when):
        yield f"  {at.strftime('%H:%M:%S.%f')[:-3] if at else '            '}  {text}"
    for recording in record.recordings:
        detail = (told or {}).get(recording.id, "")
        yield f"  recording {recording.id}: {recording.state}{detail and ', '}{detail}"
    yield f"  {_verdict(record)}"
    for oddity in record.oddities:
        yield f"  note: {ODDITIES.get(oddity, oddity)}"


def _headline(record: CallRecord) -> str:
    client = "hidden number" if record.client.withheld else masked(_shown(record))
    way = {Direction.INBOUND: "from", Direction.OUTBOUND: "to", Direction.INTERNAL: "inside, by"}
    did = f" over {masked(record.did)}" if record.did else ""
    ended = record.disposition or "not known how it ended"
    reason = f" ({record.missed_reason})" if record.missed_reason else ""
    return f"{record.call_id}: {way[record.direction]} {client}{did}, {ended}{reason}"


def _shown(record: CallRecord) -> str | None:
    return record.client.number or record.client.raw


def _lines(record: CallRecord) -> Iterator[Line]:
    yield record.started_at, "the client's channel begins"
    yield from (_rang(leg) for leg in record.legs)
    yield from (_talked(segment) for segment in record.segments)
    yield from (_transferred(transfer) for transfer in record.transfers)
    if record.ended_at:
        cause = f", cause {record.cause}" if record.cause is not None else ""
        yield record.ended_at, f"the client's channel ends{cause}"


def _rang(leg: Leg) -> Line:
    outcome = str(leg.outcome or "no outcome seen").replace("_", " ")
    seconds = "" if leg.ring_seconds is None else f" after {leg.ring_seconds:.1f} s"
    return leg.rang_at, f"{leg.endpoint} rings: {outcome}{seconds}"


def _talked(segment: Segment) -> Line:
    seconds = "" if segment.seconds is None else f", {segment.seconds:.1f} s"
    return segment.from_, f"{masked(segment.agent)} {_HOW[segment.how]}{seconds}"


def _transferred(transfer: Transfer) -> Line:
    to, by = masked(transfer.to), masked(transfer.by)
    done = "completed" if transfer.completed else "nobody talked there"
    return transfer.at, f"{transfer.kind} transfer by {by} to {to}: {done}"


def _verdict(record: CallRecord) -> str:
    person = masked(record.responsible)
    if record.responsible is None:
        why = "nobody talked with the client" if not record.needs_review else "not provable"
        return f"responsible: nobody ({why})"
    if not record.segments:
        return f"responsible: {person}, who dialled"
    return f"responsible: {person}, the last who talked with the client"


def _when(line: Line) -> tuple[bool, float]:
    return line[0] is None, line[0].timestamp() if line[0] else 0.0
