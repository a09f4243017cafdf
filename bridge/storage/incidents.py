"""Incidents in the store: those not closed for the watch, all of them for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, case, insert, select

from bridge.domain.troubles import Incident, IncidentState, Trouble, TroubleKind
from bridge.storage.tables import incidents

_LIVE: Final = incidents.c.state != IncidentState.CLOSED
_ACKNOWLEDGEABLE: Final = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


def find(conn: Connection, *, closed: bool, limit: int = 1000) -> list[Incident]:
    """The newest first; those that are closed only when asked for."""
    query = select(incidents).order_by(incidents.c.id.desc()).limit(limit)
    return [_incident(row) for row in conn.execute(query if closed else query.where(_LIVE))]


def get(conn: Connection, id: int) -> Incident | None:
    """None when there is no such incident."""
    row = conn.execute(select(incidents).where(incidents.c.id == id)).one_or_none()
    return _incident(row) if row else None


def keep(conn: Connection, given: Sequence[Incident]) -> list[Incident]:
    """Each as it is now, with its id. What nobody ever heard of leaves no trace."""
    return [_keep(conn, incident) for incident in given]


def acknowledge(conn: Connection, id: int, by: str) -> Incident | None:
    """A person knows of it. None when there is no such incident, or it is over or brewing."""
    changed = conn.execute(
        incidents.update()
        .where(incidents.c.id == id, incidents.c.state.in_(_ACKNOWLEDGEABLE))
        .values(state=IncidentState.ACKNOWLEDGED, acknowledged_by=by)
    )
    return get(conn, id) if changed.rowcount else None


def purge(conn: Connection, before: datetime, most: int) -> int:
    """Remove up to so many that were over by then. Returns how many."""
    over = (incidents.c.state == IncidentState.CLOSED) & (incidents.c.closed_at < before)
    old = list(conn.scalars(select(incidents.c.id).where(over).limit(most)))
    if old:
        conn.execute(incidents.delete().where(incidents.c.id.in_(old)))
    return len(old)


def _keep(conn: Connection, incident: Incident) -> Incident:
    if incident.state is IncidentState.CLOSED and incident.told_at is None:
        conn.execute(incidents.delete().where(incidents.c.id == incident.id))
        return incident
    values = _values(incident)
    if not incident.id:
        made = conn.execute(insert(incidents).values(**values))
        return _with_id(incident, made.inserted_primary_key)
    if incident.state is IncidentState.OPEN:
        known = incidents.c.state == IncidentState.ACKNOWLEDGED
        values["state"] = case((known, IncidentState.ACKNOWLEDGED), else_=IncidentState.OPEN)
    if not incident.acknowledged_by:
        del values["acknowledged_by"]
    conn.execute(incidents.update().where(incidents.c.id == incident.id).values(**values))
    return incident


def _with_id(incident: Incident, key: Any) -> Incident:
    return replace(incident, id=int(key[0]))


def _values(incident: Incident) -> dict[str, Any]:
    trouble = incident.trouble
    return {
        "subject": trouble.subject,
        "kind": str(trouble.kind),
        "state": str(incident.state),
        "since": trouble.since,
        "what": trouble.what,
        "act": trouble.act,
        "told_at": incident.told_at,
        "good_since": incident.good_since,
        "acknowledged_by": incident.acknowledged_by,
        "closed_at": incident.closed_at,
    }


def _incident(row: Row[Any]) -> Incident:
    trouble = Trouble(
        subject=row.subject,
        kind=TroubleKind(row.kind),
        since=row.since,
        what=row.what,
        act=row.act,
    )
    return Incident(
        id=row.id,
        trouble=trouble,
        state=IncidentState(row.state),
        told_at=row.told_at,
        good_since=row.good_since,
        acknowledged_by=row.acknowledged_by,
        closed_at=row.closed_at,
    )
