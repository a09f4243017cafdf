"""The hourly work: old calls go, their copies first, and what went is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.app.purging import Purging
from bridge.app.recordings import Recordings
from bridge.config.load import parse
from bridge.config.model import Config
from bridge.domain.counters import NoCounters
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.outbox.clock import SystemClock
from bridge.recordings.shelf import Shelf
from bridge.storage.calls import Which
from bridge.storage.store import open_store
from tests.config.conftest import ENVIRONMENT, GOOD_PBX
from tests.outbox.conftest import Counted
from tests.rules.office import call

READY = Recording(id="r1", file="r1.wav", state=RecordingState.READY)


def configured(folder: Path, store: str) -> Config:
    text = f"folder: {folder}\n{GOOD_PBX}store: {{{store}}}\n"
    return parse(text, "bridge.yml", ENVIRONMENT, folder)


def ended(days_ago: float, id: str, pbx: str = "office") -> CallRecord:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return replace(
        call(call_id=id, recordings=(READY,)), pbx=pbx, started_at=at, answered_at=at, ended_at=at
    )


def with_copy(folder: Path, pbx: str) -> Callable[[], Path | None]:
    """A copy on the shelf of this PBX; what asks whether it is there."""
    shelf = Shelf(folder / "recordings" / pbx)
    shelf.place(shelf.part(".wav"), "r1")
    return lambda: shelf.find("r1")


async def purge(folder: Path, keep: str, *records: CallRecord) -> tuple[list[str], list[str]]:
    """Store these, purge once; the ids that are left, and what was said."""
    config, counted = configured(folder, keep), Counted()
    async with open_store(str(folder / "bridge.db"), daemon=True) as store:
        for record in records:
            await store.finish(record, [], now=datetime.now(UTC))
        recordings = Recordings(config, store, NoCounters(), lambda _: None)
        purging = Purging(store, SystemClock(), counted, config.store, recordings.forget)
        with capture_logs() as lines:
            await purging.once()
        left = [each.call_id for each in await store.calls(Which())]
    return left, [f"{line['what']} {line['number']}" for line in lines]


@pytest.mark.proves("S0-49")
@pytest.mark.parametrize("pbx", ["office", "of-once"])
async def test_an_old_call_goes_with_our_copy_of_its_recording(pbx: str, tmp_path: Path) -> None:
    copy = with_copy(tmp_path, pbx)
    records = ended(40, "office-1", pbx), ended(20, "office-2")
    left, said = await purge(tmp_path, "keep_calls: 30d", *records)
    assert (left, said, copy()) == (["office-2"], ["calls 1"], None)


async def test_without_the_setting_nothing_goes(tmp_path: Path) -> None:
    copy = with_copy(tmp_path, "office")
    left, said = await purge(tmp_path, "", ended(9000, "office-1"))
    assert (left, said, copy() is not None) == (["office-1"], [], True)
