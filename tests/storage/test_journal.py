"""Calls in progress."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.storage.store import Store, open_store
from tests.rules.office import call

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.proves("S4-40")
async def test_the_newest_state_of_each_call_survives_a_restart(file: Path) -> None:
    async with open_store(str(file), daemon=True) as store:
        for blob in ("ringing", "talking"):
            await store.journal_put("pbx", "pbx-1.1", blob)
        await store.journal_put("other", "other-1.1", "ringing")
    async with open_store(str(file), daemon=True) as store:
        assert await store.journal_take("pbx") == {"pbx-1.1": "talking"}


async def test_a_finished_call_leaves_the_journal_with_its_record(store: Store) -> None:
    await store.journal_put("pbx", "pbx-1.1", "talking")
    await store.finish(call(), ["crm"], now=NOW)
    assert await store.journal_take("pbx") == {}


async def test_a_call_without_a_record_is_dropped(store: Store) -> None:
    await store.journal_put("pbx", "pbx-1.1", "talking")
    await store.journal_put("pbx", "pbx-1.2", "talking")
    await store.journal_drop("pbx", "pbx-1.1")
    assert await store.journal_take("pbx") == {"pbx-1.2": "talking"}
