"""Saying that one knows of an incident: by token for programs, by a signed link for people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from aiohttp import ClientSession

from bridge.app.pages import KeptIncidents, Shelves
from bridge.domain.troubles import Incident, IncidentState, Trouble, TroubleKind
from bridge.notify.links import Links
from bridge.recordings.shelf import Shelf
from bridge.storage.store import Store, open_store
from bridge.web.app import serving
from bridge.web.contract import openapi
from bridge.web.live import LiveBoard
from bridge.web.room import Room
from bridge.web.settings import WebSettings
from tests.web.conftest import StoredCalls

TOKEN = "9b0c41d2aa17"
WATCHER = "3b0c41d2aa17f00d"
TOKENS = {"watcher": {"token": WATCHER, "rights": ["acknowledge"]}}
LINKS = Links("http://127.0.0.1", TOKEN)


@dataclass
class Page:
    address: str
    store: Store
    session: ClientSession
    bearer: dict[str, str] = field(default_factory=lambda: {"Authorization": f"Bearer {TOKEN}"})

    def link(self, id: int = 1) -> str:
        return LINKS.acknowledge(id, datetime.now(UTC)).removeprefix("http://127.0.0.1")

    async def ask(self, method: str, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.request(method, self.address + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def state(self) -> IncidentState:
        incident = await self.store.incident(1)
        assert incident is not None
        return incident.state


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """A page with one open incident; its client's number stands in it."""
    trouble = Trouble(
        subject="crm",
        kind=TroubleKind.PARKED,
        since=datetime(2026, 3, 2, 9, tzinfo=UTC),
        what="+79161234567 is refused",
    )
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        await store.keep_incidents([Incident(id=0, trouble=trouble, state=IncidentState.OPEN)])
        room = Room(
            calls=StoredCalls(),
            recordings=Shelves({"pbx": Shelf(tmp_path / "keep")}),
            live=LiveBoard(),
            settings=WebSettings.model_validate({"port": 0, "token": TOKEN, "tokens": TOKENS}),
            incidents=KeptIncidents(store, LINKS),
        )
        async with serving(room) as address, ClientSession() as session:
            yield Page(address, store, session)


async def test_what_lasts_is_listed_as_the_document_says(page: Page) -> None:
    async with page.session.get(page.address + "/api/v1/incidents", headers=page.bearer) as answer:
        [incident] = (await answer.json())["incidents"]
    components = openapi()["components"]
    schema = {"$ref": "#/components/schemas/Incident", "components": components}
    jsonschema.validate(incident, schema)


@pytest.mark.proves("S0-47")
@pytest.mark.parametrize(
    ("token", "query", "by"),
    [
        (TOKEN, "?by=anna", "anna"),
        (TOKEN, "", "web.token"),
        (WATCHER, "?by=anna", "anna (watcher)"),
        (WATCHER, "", "watcher"),
    ],
)
async def test_a_program_with_a_token_acknowledges_in_its_name(
    token: str, query: str, by: str, page: Page
) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    status, _ = await page.ask("POST", f"/api/v1/incidents/1/ack{query}", **bearer)
    incident = await page.store.incident(1)
    assert incident is not None
    assert (status, incident.state, incident.acknowledged_by) == (
        200,
        IncidentState.ACKNOWLEDGED,
        by,
    )


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Bearer é", TOKEN[:-1]])
async def test_a_program_without_it_does_not(page: Page, authorization: str) -> None:
    status, _ = await page.ask("POST", "/api/v1/incidents/1/ack", Authorization=authorization)
    assert (status, await page.state()) == (401, IncidentState.OPEN)


@pytest.mark.parametrize("id", ["2", "0", "x", "9" * 30, "-1"])
async def test_what_is_not_there_cannot_be_acknowledged(page: Page, id: str) -> None:
    status, _ = await page.ask("POST", f"/api/v1/incidents/{id}/ack", **page.bearer)
    assert status == 404


async def test_a_link_asks_first_and_acknowledges_when_it_is_meant(page: Page) -> None:
    asked, text = await page.ask("GET", page.link())
    before = await page.state()
    done, _ = await page.ask("POST", page.link())
    assert (asked, "I know" in text, before) == (200, True, IncidentState.OPEN)
    assert (done, await page.state()) == (200, IncidentState.ACKNOWLEDGED)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_of_another_incident_or_none_does_nothing(page: Page, method: str) -> None:
    other = page.link(2).replace("/incidents/2/", "/incidents/1/")
    answers = [await page.ask(method, path) for path in (other, "/incidents/1/ack")]
    assert ([status for status, _ in answers], await page.state()) == (
        [403, 403],
        IncidentState.OPEN,
    )
