"""A page of a store whose disk stands still is told so in time, and is there again afterwards."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.app.pages import StoredCalls
from bridge.storage.store import Store, open_store
from bridge.web.app import serving
from tests.lab.disk import frozen, own_disk
from tests.lab.wait import until
from tests.rules.office import call
from tests.web.conftest import Office

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with own_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
async def store(disk: Path) -> AsyncIterator[Store]:
    async with open_store(str(disk / "bridge.db"), daemon=True, patience=0.3) as store:
        yield store


async def test_a_page_of_a_store_that_stands_still_says_so(
    office: Office, store: Store, disk: Path
) -> None:
    await store.finish(call(), ["crm"], now=NOW)
    room = replace(office.room, calls=StoredCalls(store))
    async with serving(room) as office.address:
        with frozen(disk):
            page = await office.get("/")
            api = await office.get("/api/v1/calls")

        async def is_there() -> bool:
            return (await office.get("/"))[0] == 200

        await until(is_there, "the page after the disk moves again")
    assert (page[0], "see that its disk moves" in page[1]) == (503, True)
    assert (api[0], "error" in json.loads(api[1])) == (503, True)
