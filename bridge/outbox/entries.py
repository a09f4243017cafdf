"""Entries, their writes and attempts: the values that the store hands to a lane and back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.application import Application
from bridge.domain.commands import Planned
from bridge.domain.ports import Announced
from bridge.domain.record import CallRecord, Direction, RecordingState
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryState, WriteState
from bridge.rules.case import log_key

THE_CALL = ""  # the subject of the entry for the call itself
TRANSCRIPTION = "/transcription"  # of the one for what was said
RATING = "/rating "  # begins the one for a rating that came later; else it is a recording's id

# The search of some CRMs finds a new lead only minutes after it was made.
SEARCH_LAG: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be stored. `order`: what must go one after another. `needs`: the key of the
    write whose result it waits for."""

    destination: str
    call_id: str
    subject: str
    order: str
    needs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call, one recording of it, what was said in it or a later rating, for one destination; or
    one application, whose name in the outbox (`Application.about`) stands in `call_id` then."""

    id: int
    destination: str
    call_id: str
    subject: str
    state: EntryState
    due_at: datetime
    lease_owner: str | None = None
    failures: int = 0  # in a row, without any write accepted between
    failing_since: datetime | None = None
    reason: Parked | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One command of a stored plan, and how far it is. `sent_at`: when it was last sent;
    `edited`: a person has changed it, so the plan stands."""

    planned: Planned
    state: WriteState = WriteState.PLANNED
    result: str | None = None
    sent_at: datetime | None = None
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a lane needs for one entry. `results`: key → id of every write of this call that was
    accepted by this destination. `begun`: the keys of its writes that were sent, done or not known.
    `announced`: what was made known of the call while it rang. `recent_leads`: ids of those that we
    made of this client within SEARCH_LAG."""

    entry: Entry
    record: CallRecord | Application
    writes: tuple[Write, ...]
    results: Mapping[str, str]
    begun: Collection[str] = frozenset()
    announced: Announced | None = None
    recent_leads: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing asked of the CRM and what came of it; every one is kept. `asked` is the key of a
    command, `find` before a key that was asked about, or `lookup`."""

    asked: str
    at: datetime
    seconds: float
    verdict: str
    detail: str = ""


def entry_for(application: Application, destination: str) -> NewEntry:
    """Applications of one person go one after another, and so do that client's calls: the second
    finds what the first made."""
    person, company = application.person, application.company
    return NewEntry(
        destination=destination,
        call_id=application.about,
        subject=THE_CALL,
        order=person.phone or person.email or company.inn or application.about,
    )


def transcription_for(call_id: str, destination: str) -> NewEntry:
    """The entry for what was said; it waits for the call to be logged."""
    return NewEntry(
        destination=destination,
        call_id=call_id,
        subject=TRANSCRIPTION,
        order=f"transcription {call_id}",
        needs=log_key(destination, call_id),
    )


def rating_for(call_id: str, destination: str, rating: int, number: int) -> NewEntry:
    """The `number`th of this call: who rates anew has thought better of it, and may again."""
    return NewEntry(
        destination=destination,
        call_id=call_id,
        subject=f"{RATING}{rating} #{number}",
        order=f"rating {call_id}",
        needs=log_key(destination, call_id),
    )


def rated(subject: str) -> tuple[int, str]:
    """The rating of an entry for one, and what names it among those of its call."""
    said = subject.removeprefix(RATING)
    return int(said.partition(" ")[0]), said.replace(" ", "")


def is_recording(subject: str) -> bool:
    """Whether this subject of an entry is a recording's id."""
    return bool(subject) and not subject.startswith("/")


def entries_for(record: CallRecord, destination: str) -> Iterator[NewEntry]:
    """The entries of one record for one destination: the call, and each recording that is ready.

    Two calls of one client go one after another, so that the second finds what the first made.
    A hidden number is nobody's: each such call goes for itself. The recordings of a call go one
    after another too: a CRM may have one place for the first.
    """
    if record.direction is Direction.INTERNAL:
        return
    call_id = record.call_id
    yield NewEntry(
        destination=destination,
        call_id=call_id,
        subject=THE_CALL,
        order=record.client.number or f"call {call_id}",
    )
    for recording in record.recordings:
        if recording.state is RecordingState.READY:
            yield NewEntry(
                destination=destination,
                call_id=call_id,
                subject=recording.id,
                order=f"recordings {call_id}",
                needs=log_key(destination, call_id),
            )
