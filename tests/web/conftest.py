"""A small office on a page: stored calls, a board of live ones, the built-in CRM, real sound."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bridge.app.pages import Shelves
from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    How,
    Recording,
    RecordingState,
    Segment,
)
from bridge.recordings.links import Links
from bridge.recordings.shelf import Shelf
from bridge.web.app import serving
from bridge.web.face import Face
from bridge.web.live import LiveBoard
from bridge.web.ports import CallPage, Json
from bridge.web.room import Room
from bridge.web.seeking import Sought
from bridge.web.settings import WebSettings

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class StoredCalls:
    """Call records in memory, the newest last. `sought`: what was looked for last; by outcome it
    is found."""

    records: list[CallRecord] = field(default_factory=list)
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    sought: Sought = field(default_factory=Sought)

    async def page(self, limit: int, before: str | None, sought: Sought) -> CallPage:
        self.sought = sought
        newest = [
            each.to_json()
            for each in reversed(self.records)
            if sought.outcome in (None, each.disposition)
        ]
        ids = [each["call_id"] for each in newest]
        start = ids.index(before) + 1 if before in ids else 0
        part = newest[start : start + limit]
        more = start + limit < len(newest)
        return CallPage(part, part[-1]["call_id"] if more else None)

    async def one(self, call_id: str) -> Json | None:
        return next((e.to_json() for e in self.records if e.call_id == call_id), None)

    async def details(self, call_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        return {key: text for key, text in self.told.items() if key[0] in call_ids}


def finished(number: int = 1, name: str | None = None, **facts: Any) -> CallRecord:
    """An inbound call that 101 answered, with a recording that is ready."""
    began = BEGAN + timedelta(minutes=number)
    given: dict[str, Any] = {
        "call_id": f"pbx-1772442{number:03}.{number}",
        "pbx": "pbx",
        "direction": Direction.INBOUND,
        "client": Client(number=f"+7916123{number:04}", name=name),
        "did": "+74952000000",
        "started_at": began,
        "answered_at": began + timedelta(seconds=6),
        "ended_at": began + timedelta(seconds=71),
        "disposition": Disposition.ANSWERED,
        "answered_by": ("101",),
        "responsible": "101",
        "wait_seconds": 6.0,
        "talk_seconds": 65.0,
        "segments": (
            Segment(
                agent="101",
                from_=began + timedelta(seconds=6),
                to=began + timedelta(seconds=71),
                seconds=65.0,
                how=How.DIAL,
            ),
        ),
        "recordings": (
            Recording(id=f"rec-{number}", file="/keep/rec.wav", state=RecordingState.READY),
        ),
    }
    return CallRecord(**{**given, **facts})


@dataclass
class Office:
    """The page, and a hand on everything behind it."""

    room: Room
    calls: StoredCalls
    crm: BuiltinCrm
    shelf: Shelf
    tone: Path
    address: str = ""
    session: ClientSession = field(default=None)  # type: ignore[assignment]

    @property
    def sound(self) -> bytes:
        return self.tone.read_bytes()

    def store(self, record: CallRecord) -> None:
        """As the daemon does it: first the record is committed, then the board is told."""
        self.calls.records = [e for e in self.calls.records if e.call_id != record.call_id]
        self.calls.records.append(record)
        for each in record.recordings:
            if each.state is RecordingState.READY:
                part = self.shelf.part(self.tone.suffix)
                part.write_bytes(self.sound)
                self.shelf.place(part, each.id)
        self.room.live.stored(record.call_id)

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(self.address + path, headers=headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture(scope="session")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of sound as the PBX records it."""
    file = tmp_path_factory.mktemp("tone") / "tone.wav"
    shape: Sequence[str] = ("-r", "8000", "-c", "1", "-b", "16")
    subprocess.run(["sox", "-n", *shape, str(file), "synth", "3", "sine", "440"], check=True)
    return file


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(port=0, names=("calls.example.org",))


@asynccontextmanager
async def opened(folder: Path, tone: Path, settings: WebSettings) -> AsyncIterator[Office]:
    crm = BuiltinCrm(BuiltinSettings(file=folder / "crm.sqlite"))
    calls, shelf, live = StoredCalls(), Shelf(folder / "keep"), LiveBoard()
    links = Links(base="", secret=b"only for this test", lasts=timedelta(hours=1))
    shelves = Shelves({"pbx": shelf})
    room = Room(
        calls=calls,
        recordings=shelves,
        live=live,
        settings=settings,
        crm=crm,
        face=Face(crm, folder / "received"),
        links=links,
    )
    office = Office(room=room, calls=calls, crm=crm, shelf=shelf, tone=tone)
    async with serving(room) as address, ClientSession() as session:
        office.address, office.session = address, session
        yield office
    await crm.close()


@pytest.fixture
async def office(tmp_path: Path, tone: Path, settings: WebSettings) -> AsyncIterator[Office]:
    async with opened(tmp_path, tone, settings) as office:
        yield office
