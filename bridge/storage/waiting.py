"""What the store knows to be in trouble: destinations, parked deliveries, recordings.

Looked at as a whole each time, so that what a person mends in another process is seen to be
mended, and a restart forgets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from bridge.domain.record import Disposition, RecordingState
from bridge.domain.troubles import Trouble, TroubleKind
from bridge.outbox.advice import advice
from bridge.outbox.logins import Dead
from bridge.outbox.ports import StoreUnavailable
from bridge.outbox.states import OPEN, EntryState
from bridge.storage.entries import entry_of, writes_of
from bridge.storage.tables import calls, deliveries, holds, recordings

_LOST: Final = (RecordingState.MISSING, RecordingState.UNREADABLE)
_SOUND: Final = (RecordingState.EXPECTED, RecordingState.READY, RecordingState.DELIVERED)
_RECENTLY: Final = timedelta(hours=1)  # a recording that is lost for longer is old news
_OVERDUE: Final = timedelta(hours=1)  # a recording that was not kept in this time is not kept

_FAILING: Final = (
    select(
        deliveries.c.destination,
        func.min(deliveries.c.failing_since),
        func.count(),
        func.max(deliveries.c.detail),
    )
    .where(deliveries.c.state.in_(OPEN), deliveries.c.failing_since.is_not(None))
    .group_by(deliveries.c.destination)
)
_PARKED: Final = (
    select(
        deliveries.c.destination,
        deliveries.c.reason,
        func.count().label("number"),
        func.min(deliveries.c.id).label("oldest"),
    )
    .where(deliveries.c.state == EntryState.PARKED)
    .group_by(deliveries.c.destination, deliveries.c.reason)
)
_LOGIN_ACT: Final = "renew the login in the configuration and restart asterisk-bridge"
_FAILING_ACT: Final = (
    "see that it works and can be reached from here; nothing is lost, and all is sent as soon as"
    " it takes it. What waits: asterisk-bridge deliveries list --destination {}"
)
_RECORDINGS_ACT: Final = (
    "see that the PBX writes its recordings where `recordings` of the configuration says, that we"
    " may read them, and that the disk has room. Which: asterisk-bridge calls"
)


def troubles(conn: Connection, now: datetime) -> list[Trouble]:
    """All of it, in one look."""
    logins = [_login(row) for row in conn.execute(select(holds))]
    held = {trouble.subject for trouble in logins}
    failing = [_failing(row) for row in conn.execute(_FAILING) if row[0] not in held]
    parked = [_parked(conn, row) for row in conn.execute(_PARKED)]
    return [*logins, *failing, *parked, *_recordings(conn, now)]


def _login(row: Any) -> Trouble:
    return _login_of(row.destination, Dead(row.since, row.detail))


def _login_of(destination: str, dead: Dead) -> Trouble:
    return Trouble(
        subject=destination,
        kind=TroubleKind.LOGIN,
        since=dead.since,
        what=f"It says: {dead.detail}" if dead.detail else "",
        act=_LOGIN_ACT,
    )


def _failing(row: Any) -> Trouble:
    destination, since, number, detail = row
    return Trouble(
        subject=destination,
        kind=TroubleKind.FAILING,
        since=since,
        what=f"{_some(number, 'delivery', 'deliveries')} tried in vain. It says: {detail}",
        act=_FAILING_ACT.format(destination),
    )


def _parked(conn: Connection, row: Any) -> Trouble:
    """One incident a destination and reason, however many deliveries; the oldest is shown."""
    oldest = conn.execute(select(deliveries).where(deliveries.c.id == row.oldest)).one()
    entry = entry_of(oldest)
    detail = f" It says: {entry.detail}" if entry.detail else ""
    return Trouble(
        subject=f"{row.destination} ({str(row.reason).replace('_', ' ')})",
        kind=TroubleKind.PARKED,
        since=oldest.created_at,
        what=f"{_some(row.number, 'delivery', 'deliveries')} wait.{detail}",
        act=advice(entry, writes_of(conn, entry.id)),
    )


def _recordings(conn: Connection, now: datetime) -> list[Trouble]:
    gone = recordings.c.state.in_(_LOST) | _silent()
    lost = gone & (recordings.c.changed_at > now - _RECENTLY)
    late = (recordings.c.state == RecordingState.EXPECTED) & (
        recordings.c.changed_at < now - _OVERDUE
    )
    found: dict[str, list[Any]] = {}
    for row in conn.execute(_by_state(lost | late)):
        found.setdefault(row.pbx, []).append(row)
    return [_not_kept(pbx, rows) for pbx, rows in found.items()]


def _silent() -> ColumnElement[bool]:
    """Somebody talked, and no file of the call has it. That most files of a queue hold nothing, one
    for each member who did not answer, is as it should be."""
    other = recordings.alias()
    heard = exists().where(other.c.call_id == recordings.c.call_id, other.c.state.in_(_SOUND))
    answered = calls.c.disposition == Disposition.ANSWERED
    return (recordings.c.state == RecordingState.EMPTY) & answered & ~heard


def _by_state(which: Any) -> Select[Any]:
    return (
        select(
            calls.c.pbx,
            recordings.c.state,
            func.count().label("number"),
            func.min(recordings.c.changed_at).label("since"),
        )
        .join(calls, calls.c.call_id == recordings.c.call_id)
        .where(which)
        .group_by(calls.c.pbx, recordings.c.state)
        .order_by(recordings.c.state)
    )


def _not_kept(pbx: str, rows: list[Any]) -> Trouble:
    words = ", ".join(f"{row.number} {row.state}" for row in rows)
    return Trouble(
        subject=pbx,
        kind=TroubleKind.RECORDINGS,
        since=min(row.since for row in rows),
        what=f"Recordings of the last hour: {words}.",
        act=_RECORDINGS_ACT,
    )


def _some(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


class _Store(Protocol):
    async def waiting(self, *, now: datetime) -> list[Trouble]: ...


class WaitingTroubles:
    """The store as somebody who knows what is in trouble; `dead` are logins that were found dead
    though no delivery needed them."""

    kinds = frozenset(
        {TroubleKind.LOGIN, TroubleKind.FAILING, TroubleKind.PARKED, TroubleKind.RECORDINGS}
    )

    def __init__(self, store: _Store, dead: Mapping[str, Dead] | None = None) -> None:
        self._store = store
        self._dead = {} if dead is None else dead

    async def troubles(self, now: datetime) -> list[Trouble] | None:
        try:
            found = await self._store.waiting(now=now)
        except StoreUnavailable:
            return None
        held = {trouble.subject for trouble in found if trouble.kind is TroubleKind.LOGIN}
        return found + [_login_of(*each) for each in self._dead.items() if each[0] not in held]


class StoreTroubles:
    """Whether the store takes what it is given. `refuses` says it of its last write."""

    kinds = frozenset({TroubleKind.STORE})

    def __init__(self, store: _Store, refuses: Callable[[], bool]) -> None:
        self._store = store
        self._refuses = refuses
        self._since: datetime | None = None

    async def troubles(self, now: datetime) -> list[Trouble] | None:
        if why := await self._why(now):
            self._since = self._since or now
            act = "free space on its disk, or see why its database does not answer"
            subject, kind = "the store", TroubleKind.STORE
            return [Trouble(subject=subject, kind=kind, since=self._since, what=why, act=act)]
        self._since = None
        return []

    async def _why(self, now: datetime) -> str:
        if self._refuses():
            return "Finished calls wait in memory, for the store does not take them."
        try:
            await self._store.waiting(now=now)
        except StoreUnavailable as error:
            return f"{error}."
        return ""
