"""What lasts, and saying that one knows of it: by token for programs, on the page or by a signed
link for people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
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
LOOKERS = {"watch": "5c0c41d2aa17f00d", "calls": "6c0c41d2aa17f00d"}
TOKENS = {
    "watcher": {"token": WATCHER, "rights": ["acknowledge"]},
    "looker": {"token": LOOKERS["watch"], "rights": ["watch", "calls"]},
    "seller": {"token": LOOKERS["calls"], "rights": ["calls"]},
}
# A client's number stands in it.
INCIDENT = Incident(
    id=0,
    trouble=Trouble(
        subject="crm",
        kind=TroubleKind.PARKED,
        since=datetime(2026, 3, 2, 9, tzinfo=UTC),
        what="+79161234567 is refused",
    ),
    state=IncidentState.OPEN,
)
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
    """A page with one open incident."""
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        await store.keep_incidents([INCIDENT])
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


@pytest.mark.proves("S4-41")
async def test_the_page_says_what_fails_and_who_knows(page: Page) -> None:
    _, before = await page.ask("GET", "/incidents", **page.bearer)
    await page.ask("POST", "/incidents/1/known", **page.bearer)
    _, after = await page.ask("GET", "/incidents", **page.bearer)
    for text, button, known in (
        (before, True, "not acknowledged yet"),
        (after, False, "acknowledged by web.token"),
    ):
        assert ("crm: deliveries wait for a person" in text, "I know" in text) == (True, button)
        assert known in text


async def test_who_may_only_look_has_no_button(page: Page) -> None:
    looks = {"Authorization": f"Bearer {LOOKERS['watch']}"}
    status, text = await page.ask("GET", "/incidents", **looks)
    assert (status, "+7916***4567 is refused" in text, "I know" in text) == (200, True, False)


@pytest.mark.parametrize(("rights", "told"), [("watch", True), ("calls", False)])
async def test_the_first_page_says_what_nobody_knows_of(
    page: Page, rights: str, told: bool
) -> None:
    comes = {"Authorization": f"Bearer {LOOKERS[rights]}"}
    _, before = await page.ask("GET", "/", **comes)
    await page.ask("POST", "/incidents/1/known", **page.bearer)
    _, after = await page.ask("GET", "/", **comes)
    seen = ["crm: deliveries wait for a person" in text for text in (before, after)]
    assert seen == [told, False]


async def test_what_is_over_meanwhile_is_said(page: Page) -> None:
    status, text = await page.ask("POST", "/incidents/2/known", **page.bearer)
    assert (status, "no such incident, or it is over" in text) == (404, True)


async def test_nothing_fails(page: Page) -> None:
    await page.store.keep_incidents([replace(INCIDENT, id=1, state=IncidentState.CLOSED)])
    assert "Nothing fails." in (await page.ask("GET", "/incidents", **page.bearer))[1]


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
