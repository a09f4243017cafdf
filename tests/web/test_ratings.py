"""Ratings over HTTP: kept in the record, refused with words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bridge.app.ratings import KeptRatings
from bridge.storage.store import Store, open_store
from bridge.web.app import serving
from bridge.web.ratings import MOST_BYTES
from bridge.web.settings import WebSettings
from tests.web.conftest import Office, finished

TOKEN = "t0ken"
CALL = finished().call_id


class Survey:
    def __init__(self, session: ClientSession, store: Store, told: list[str]) -> None:
        self.store, self.told = store, told
        self._session = session

    async def send(self, body: Any, call: str = CALL) -> int:
        where, allowed = f"/api/v1/calls/{call}/rating", {"Authorization": f"Bearer {TOKEN}"}
        async with self._session.post(where, headers=allowed, data=body) as answer:
            return answer.status


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(port=0, token=SecretStr(TOKEN))


@pytest.fixture
async def survey(office: Office, tmp_path: Path) -> AsyncIterator[Survey]:
    told: list[str] = []
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        await store.finish(finished(), ["crm"], now=datetime.now(UTC))
        room = replace(office.room, ratings=KeptRatings(store, told.append))
        async with serving(room) as address, ClientSession(address) as session:
            yield Survey(session, store, told)


@pytest.mark.proves("S4-08")
async def test_a_rating_is_in_the_record_and_the_lanes_are_told(survey: Survey) -> None:
    assert await survey.send('{"rating": 2}') == 202
    record = await survey.store.call(CALL)
    assert (record and record.rating, record and record.revision, survey.told) == (2, 2, [CALL])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"rating": 0}', 400),
        ('{"rating": 6}', 400),
        ('{"rating": "5"}', 400),
        ('{"rating": true}', 400),
        ('{"rating": 5, "by": "x"}', 400),
        ("[]", 400),
        ("\xff", 400),
        (" " * (MOST_BYTES + 1), 413),
    ],
)
async def test_what_is_no_rating_changes_nothing(survey: Survey, body: str, status: int) -> None:
    assert await survey.send(body) == status
    record = await survey.store.call(CALL)
    assert (record and record.rating, survey.told) == (None, [])


async def test_a_call_that_is_not_there_has_no_rating(survey: Survey) -> None:
    assert (await survey.send('{"rating": 2}', "pbx-9.9"), survey.told) == (404, [])
