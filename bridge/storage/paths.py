"""What became of clients' calls by the path that each took: how many were answered, how long they
waited."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, case, cast, func, select

from bridge.domain.record import Direction, Disposition
from bridge.storage.tables import calls


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTaken:
    """`labels` in order (the DID, keys, queue, route). Mean seconds of waiting until somebody
    answered, and until the client was let go without that; None where no call says."""

    labels: tuple[str, ...]
    calls: int
    answered: int
    waited_answered: float | None
    waited_missed: float | None

    @property
    def share(self) -> float:
        """Of the calls, those that were answered: 0 to 1."""
        return self.answered / self.calls


def taken(
    conn: Connection, since: datetime | None = None, until: datetime | None = None
) -> list[PathTaken]:
    """Of inbound calls that started then, the path of most calls first."""
    labels: Any = cast(calls.c.record["labels"], Text)
    waited: Any = calls.c.record["wait_seconds"].as_float()
    answered = calls.c.disposition == Disposition.ANSWERED
    query = (
        select(
            labels.label("labels"),
            func.count().label("calls"),
            func.sum(case((answered, 1), else_=0)).label("answered"),
            func.avg(case((answered, waited))).label("waited_answered"),
            func.avg(case((answered, None), else_=waited)).label("waited_missed"),
        )
        .where(calls.c.direction == Direction.INBOUND)
        .group_by(labels)
        .order_by(func.count().desc(), labels)
    )
    if since:
        query = query.where(calls.c.started_at >= since)
    if until:
        query = query.where(calls.c.started_at < until)
    return [_path(*row) for row in conn.execute(query)]


def _path(
    labels: str | None, calls: int, answered: int, waited: float | None, missed: float | None
) -> PathTaken:
    return PathTaken(
        labels=tuple(json.loads(labels or "[]") or ()),
        calls=calls,
        answered=int(answered),
        waited_answered=None if waited is None else float(waited),
        waited_missed=None if missed is None else float(missed),
    )
