"""The stored calls as the page asks for them, in a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.app.pages import StoredCalls
from bridge.domain.record import CallRecord, Client, Direction, Disposition
from bridge.storage.store import open_store
from bridge.web.seeking import Reading
from tests.rules.office import CLIENT, call

MIDNIGHT = datetime(2026, 3, 1, 21, tzinfo=UTC)  # in Moscow
READING = Reading(ZoneInfo("Europe/Moscow"), "RU", parts=True)
STRANGER = Client(number="+442079460958")


def stored(id: str, hours: int, **facts: Any) -> CallRecord:
    return replace(call(call_id=id, started_at=MIDNIGHT + timedelta(hours=hours)), **facts)


CALLS = (
    stored("before", -1, responsible="102"),
    stored("first", 0, client=STRANGER, needs_review=True),
    stored("missed", 12, responsible=None, disposition=Disposition.MISSED),
    stored("out", 23, direction=Direction.OUTBOUND, client=STRANGER),
    stored("after", 24, responsible="102"),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "after out missed first before"),
        ({"client": CLIENT}, "after missed before"),
        ({"client": "794"}, "out first"),
        ({"agent": "102"}, "after before"),
        ({"outcome": "missed"}, "missed"),
        ({"direction": "outbound"}, "out"),
        ({"since": "2026-03-02", "until": "2026-03-02"}, "out missed first"),
        ({"review": "yes"}, "first"),
        ({"agent": "102", "outcome": "missed"}, ""),
    ],
)
async def test_calls_are_found_by_what_a_person_writes(
    query: dict[str, str], found: str, tmp_path: Path
) -> None:
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        for record in CALLS:
            await store.finish(record, [], now=MIDNIGHT)
        page = await StoredCalls(store).page(10, None, READING.sought(query))
    assert " ".join(record["call_id"] for record in page.records) == found
