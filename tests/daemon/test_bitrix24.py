"""Cards and clicks of a Bitrix24 with the whole daemon and real phones on a real Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.crm.bitrix24.harness import PATIENT, settings
from tests.lab.daemon import RunningDaemon, running_daemon
from tests.lab.office import SALES, Office
from tests.lab.ports import free_port
from tests.lab.wait import until
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Call, User

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

NOBODY = "199"  # an extension without a telephone
NEEDED = ("portal", "client_id", "client_secret", "refresh_token", "auth", "rate", "burst")


@dataclass
class Clicking:
    at: Office
    portal: Portal
    daemon: RunningDaemon
    alice: User
    bob: User
    carol: User
    absent: User

    async def card_at(self, number: str, *users: User) -> Call:
        """The call of this client, once its card is open at exactly these."""

        async def look() -> Call | None:
            found = [call for call in self.portal.calls if call.phone == number]
            return next((call for call in found if call.cards == {user.id for user in users}), None)

        return await until(look, f"the card of {number} to be open at {len(users)}")

    async def ended(self, call: Call) -> tuple[str, int]:
        """How the portal was told that its call ended, and whose it is; a stranger's may have given
        way to one on what was made of him."""

        async def look() -> tuple[str, int] | None:
            same = [one.finish for one in self.portal.calls if one.phone == call.phone]
            return next(((end.code, end.user) for end in same if end), None)

        return await until(look, "the portal's call to be finished")

    async def noticed(self, user: User) -> str:
        """What the portal showed this user last."""

        async def look() -> str | None:
            mine = [row for row in self.portal.state.notices.values() if row["USER_ID"] == user.id]
            return str(mine[-1]["MESSAGE"]) if mine else None

        return await until(look, f"{user.name} to be told")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clicking(at: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicking]:
    folder, port = tmp_path_factory.mktemp("bitrix24"), free_port()
    async with Portal(allowance=PATIENT) as portal:
        people = [portal.add_user(extension) for extension in ("101", "102", "103", NOBODY)]
        application = settings(portal, folder)

        def change(config: dict[str, Any]) -> None:
            config["pbx"][0]["click"] = {"context": "bridge-click", "timeout": 5}
            config["rules"] = {}
            for agent in config["agents"]:
                agent.pop("crm_user")  # the portal's own users say their extensions
            config["destinations"][0]["crm"] = {
                "kind": "bitrix24",
                "application_token": portal.auth.application_token,
                "click": {"poll": 0.3, "address": f"http://127.0.0.1:{port}/hooks/bitrix24"},
                **{name: _plain(getattr(application, name)) for name in NEEDED},
            }

        async with running_daemon(at, folder, port, change=change) as daemon:
            await portal.until(lambda: portal.received("event.offline.get") > 0, 20)
            yield Clicking(at, portal, daemon, *people)


def _plain(value: Any) -> Any:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


@pytest.mark.proves("S0-24", "S0-26", "S2-40")
async def test_the_card_opens_where_it_rings_and_the_lead_is_of_whoever_answered(
    clicking: Clicking,
) -> None:
    at, number = clicking.at, "+79161235100"
    client = at.outsider(number)
    async with at.playing():
        await client.calls(SALES)
        call = await clicking.card_at(number, clicking.alice, clicking.bob, clicking.carol)
        await at.alice.answers()
        await client.talks_with(at.alice)
        await clicking.card_at(number, clicking.alice)
        await client.hangs_up()
        assert await clicking.ended(call) == ("200", clicking.alice.id)
    (lead,) = clicking.portal.leads.values()
    assert (lead["PHONE"][0]["VALUE"], lead["ASSIGNED_BY_ID"]) == (number, clicking.alice.id)
    (over,) = [one for one in clicking.portal.calls if one.finish]
    assert (over.entity, call.cards) == (("lead", lead["ID"]), set())


@pytest.mark.proves("S1-25", "S1-26", "S1-27")
@pytest.mark.parametrize(
    ("way", "number"), [("online", "+79161235101"), ("offline", "+79161235102")]
)
async def test_a_click_becomes_a_talk_that_the_portal_shows_as_its_own_call(
    clicking: Clicking, way: str, number: str
) -> None:
    at, portal = clicking.at, clicking.portal
    kept = list(portal.state.handlers)
    portal.state.handlers[:] = [one for one in kept if one["event_type"] == way]
    async with at.playing():
        call = portal.click(clicking.bob, number)
        client = at.outsider(number)
        await at.bob.answers()
        await client.answers()
        await client.talks_with(at.bob)
        await client.hangs_up()
        await at.bob.is_released()
        assert await clicking.ended(call) == ("200", clicking.bob.id)
    portal.state.handlers[:] = kept
    assert [one.call_id for one in portal.calls if one.phone == number] == [call.call_id]


async def test_whose_phone_declined_is_told_so_and_the_portals_call_is_over(
    clicking: Clicking,
) -> None:
    at = clicking.at
    async with at.playing():
        call = clicking.portal.click(clicking.bob, "+79161235103")
        await at.bob.declines()
        assert await clicking.ended(call) == ("603", clicking.bob.id)
        assert "your own phone declined it" in await clicking.noticed(clicking.bob)


async def test_who_has_no_phone_is_told_that_it_is_not_reached(clicking: Clicking) -> None:
    call = clicking.portal.click(clicking.absent, "+79161235104")
    assert await clicking.ended(call) == ("480", clicking.absent.id)
    assert "not reached" in await clicking.noticed(clicking.absent)
