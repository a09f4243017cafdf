"""Click-to-call end to end: a button in a CRM, a real daemon, real phones on a real Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.ari.conftest import by_ari
from tests.daemon.clicker import SECRET, Portal, installed, portal
from tests.daemon.desk import Desk, desk_of
from tests.lab.daemon import running_daemon
from tests.lab.line import Line
from tests.lab.office import SALES, Office
from tests.lab.wait import until

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

TOKEN = "5d1f0c6e88aa4b07"


@dataclass
class Clicking:
    at: Office
    desk: Desk
    portal: Portal

    async def told(self, id: str) -> str:
        """Why the portal was told that this click came to nothing."""

        async def look() -> str | None:
            return self.portal.unfulfilled.get(id)

        return await until(look, f"click {id} to be told of")

    async def post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> int:
        async with (
            aiohttp.ClientSession(self.desk.daemon.address) as web,
            web.post(path, headers=headers, json=body) as answer,
        ):
            return answer.status


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["ami", "ari"])
async def clicking(
    at: Office, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Clicking]:
    """Calls are made over AMI, or over ARI alone."""
    folder = tmp_path_factory.mktemp("clicks")
    async with portal() as asked:

        def change(config: dict[str, Any]) -> None:
            config["pbx"][0]["click"] = {"context": "bridge-click", "timeout": 5}
            config["pbx"][0]["click"]["callbacks"] = "Local/600@from-office"
            config["destinations"][0]["crm"] |= {
                "kind": "clicker",
                "name": "crm",
                "portal": asked.address,
            }
            config["web"]["token"] = TOKEN
            if request.param == "ari":
                by_ari(at)(config)

        with installed(tmp_path_factory.mktemp("installed")):
            async with running_daemon(at, folder, change=change) as daemon, desk_of(daemon) as desk:
                yield Clicking(at, desk, asked)


async def talks(agent: Line, client: Line) -> tuple[str, str]:
    """They talk; whom the agent's phone showed, and whom the client's."""
    shown = (await agent.answers()).caller, (await client.answers()).caller
    await client.talks_with(agent)
    await client.hangs_up()
    await agent.is_released()
    return shown


@pytest.mark.proves("S1-25", "S1-26", "S1-27")
async def test_a_click_rings_whoever_clicked_and_then_the_client(clicking: Clicking) -> None:
    at, number = clicking.at, "+79161235001"
    async with at.playing():
        clicking.portal.click("1", "8 (916) 123-50-01", user="bob", handle="their-17")
        to_agent, to_client = await talks(at.bob, at.outsider(number))
    assert number in to_agent
    assert SALES in to_client
    call = await clicking.desk.logged(number)
    assert (call["direction"], call["user"], call["disposition"]) == ("outbound", "bob", "answered")
    assert clicking.portal.logged[call["call_id"]] == "their-17"
    assert clicking.portal.unfulfilled == {}


async def test_a_declined_click_reaches_no_client_and_the_asker_is_told(clicking: Clicking) -> None:
    at = clicking.at
    async with at.playing():
        clicking.portal.click("2", "+79161235002", user="bob")
        await at.bob.declines()
        assert await clicking.told("2") == "agent_declined"
    assert [one for one in await clicking.desk.daemon.finished() if "5002" in str(one)] == []


async def test_nobody_takes_up_the_phone(clicking: Clicking) -> None:
    at = clicking.at
    async with at.playing():
        clicking.portal.click("3", "+79161235003", user="carol")
        await at.carol.rings()
        await at.carol.stops_ringing()
        assert await clicking.told("3") == "agent_no_answer"


@pytest.mark.parametrize(
    ("id", "number", "user", "why"),
    [
        ("4", "none", "bob", "bad_number"),
        ("5", "+79161235005", "stranger", "no_extension"),
    ],
)
async def test_what_cannot_be_called_is_said(
    id: str, number: str, user: str, why: str, clicking: Clicking
) -> None:
    clicking.portal.click(id, number, user=user)
    assert await clicking.told(id) == why


async def test_a_post_to_the_hook_calls_once_however_often_it_comes(clicking: Clicking) -> None:
    at, number = clicking.at, "+79161235006"
    async with at.playing():
        wanted = clicking.portal.click("6", number, user="erin")
        for _ in range(2):
            assert await clicking.post("/hooks/crm", {"X-Secret": SECRET}, wanted) == 200
        await talks(at.erin, at.outsider(number))
    assert len(await clicking.desk.records(number, 1)) == 1


async def test_posts_that_are_not_the_crms_are_refused(clicking: Clicking) -> None:
    assert await clicking.post("/hooks/crm", {"X-Secret": "guessed"}, {}) == 403
    assert await clicking.post("/hooks/other", {"X-Secret": SECRET}, {}) == 404


async def test_any_button_may_ask_over_the_api(clicking: Clicking) -> None:
    at, number = clicking.at, "+79161235007"
    allowed = {"Authorization": f"Bearer {TOKEN}"}
    wanted = {"number": number, "extension": "201"}
    assert await clicking.post("/api/v1/calls", {}, wanted) == 401
    async with at.playing():
        assert await clicking.post("/api/v1/calls", allowed, wanted) == 202
        await talks(at.dave, at.outsider(number))
    call = await clicking.desk.logged(number)
    assert call["user"] == "dave"


async def test_a_callback_rings_the_group_and_then_the_client(clicking: Clicking) -> None:
    at, number = clicking.at, "+79161235008"
    async with at.playing():
        clicking.portal.click("8", number, kind="callback")
        await talks(at.carol, at.outsider(number))
    call = await clicking.desk.logged(number)
    assert (call["direction"], call["user"]) == ("outbound", "carol")


async def test_a_daemon_that_dies_while_the_phone_rings_knows_the_call_again(
    clicking: Clicking,
) -> None:
    at, number, daemon = clicking.at, "+79161235009", clicking.desk.daemon
    client = at.outsider(number)
    async with at.playing():
        clicking.portal.click("9", number, user="bob", handle="their-9")
        await at.bob.rings()
        await daemon.kill()
        await at.bob.answers()
        await client.answers()
        await daemon.start_again()
        await clicking.desk.follows(number, "102")
        await client.hangs_up()
    call = await clicking.desk.logged(number)
    assert (call["user"], clicking.portal.logged[call["call_id"]]) == ("bob", "their-9")
    assert "9" not in clicking.portal.unfulfilled
