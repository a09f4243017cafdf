"""Whatever goes wrong between us and the portal, and for however long: every call is there once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import pytest

from tests.delivery.calls import STORY
from tests.delivery.judge import complaints
from tests.delivery.stand import Stand

Trouble = Callable[[Stand], Awaitable[None]]

HOUR: Final = timedelta(hours=1)
TROUBLES: Final[dict[str, Trouble]] = {}


def trouble(what: str) -> Callable[[Trouble], Trouble]:
    """A row of the table: what happens while the calls of the story end."""

    def enter(row: Trouble) -> Trouble:
        TROUBLES[what] = row
        return row

    return enter


@trouble("none at all")
async def _(at: Stand) -> None:
    await at.call()


@trouble("the CRM is away for an hour")
async def _(at: Stand) -> None:
    await _away(at, HOUR)


@trouble("the CRM is away for three days")
async def _(at: Stand) -> None:
    await _away(at, timedelta(days=3), stride=HOUR)


@trouble("the CRM goes away in the middle, for an hour")
async def _(at: Stand) -> None:
    await at.call(0, 1)
    await at.rest()
    await at.portal.go_down()
    await at.call(*range(2, len(STORY)))
    await at.pass_time(HOUR)
    await at.portal.come_up()


@trouble("every second request is one too many (429)")
async def _(at: Stand) -> None:
    at.portal.fault("operation_limit", times=30, every=2)
    await at.call()


@trouble("a burst of QUERY_LIMIT_EXCEEDED (503)")
async def _(at: Stand) -> None:
    at.portal.fault("query_limit", times=4)
    await at.call()


@trouble("a burst of 500")
async def _(at: Stand) -> None:
    at.portal.fault("server_error", times=40)
    await at.call()


@trouble("a burst of 502 from what stands before the portal, whatever was done")
async def _(at: Stand) -> None:
    at.portal.fault("bad_gateway", times=40, every=2, applied=True)
    await at.call()


@trouble("every third answer is half a JSON")
async def _(at: Stand) -> None:
    at.portal.fault("broken_json", times=20, every=3, applied=True)
    await at.call()


@trouble("every third connection is cut before anything is done")
async def _(at: Stand) -> None:
    at.portal.fault("cut", times=20, every=3)
    await at.call()


@trouble("every third connection is cut when all is done")
async def _(at: Stand) -> None:
    at.portal.fault("cut", times=20, every=3, applied=True)
    await at.call()


@trouble("calls are finished and nobody hears of it, then the CRM is away for an hour")
async def _(at: Stand) -> None:
    fault = at.portal.fault("cut", "telephony.externalcall.finish", times=None, applied=True)
    await at.call()
    await at.pass_time(timedelta(minutes=10))
    assert fault.struck >= len(STORY)
    await at.portal.go_down()
    fault.lift()
    await at.pass_time(HOUR)  # longer than the portal knows a registration again
    await at.portal.come_up()


@trouble("the access token expires in the middle")
async def _(at: Stand) -> None:
    await at.call(0, 1, 2)
    await at.portal.until(lambda: len(at.portal.calls) > 0, seconds=30)
    at.portal.auth.expire()
    await at.call(*range(3, len(STORY)))


@trouble("the tokens are taken away, and given anew an hour later")
async def _(at: Stand) -> None:
    at.portal.auth.revoke()
    await at.call()
    await at.pass_time(HOUR)
    assert [one.destination for one in await at.store.held()] == ["crm"]
    await _install(at)


@trouble("the portal moves to another address")
async def _(at: Stand) -> None:
    await at.call(0, 1, 2)
    await at.rest()
    await at.portal.rename()
    await at.call(*range(3, len(STORY)))


@trouble("our clock is an hour ahead of the portal's")
async def _(at: Stand) -> None:
    at.portal.clock.move(-3600)
    at.portal.fault("cut", times=10, every=3, applied=True)
    await at.call()


@trouble("our clock is an hour behind the portal's")
async def _(at: Stand) -> None:
    at.portal.clock.move(3600)
    at.portal.fault("cut", times=10, every=3, applied=True)
    await at.call()


@trouble("our clock is set back by an hour while the CRM is away")
async def _(at: Stand) -> None:
    await _clock_jumps(at, -HOUR)


@trouble("our clock is set forward by a day while the CRM is away")
async def _(at: Stand) -> None:
    await _clock_jumps(at, timedelta(days=1))


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.parametrize("again", [True, False], ids=["finish looks again", "finish does not"])
@pytest.mark.parametrize("what", TROUBLES)
async def test_every_call_is_in_the_crm_once(at: Stand, what: str, again: bool) -> None:
    at.portal.doubts.finish_looks_again = again
    async with at.running(str(at.folder / "bridge.db")):
        await TROUBLES[what](at)
        await at.pass_time()
        assert (complaints(at.portal), await at.parked()) == ([], [])


async def _away(at: Stand, so_long: timedelta, stride: timedelta = timedelta()) -> None:
    await at.portal.go_down()
    await at.call()
    await at.pass_time(so_long, stride=stride)
    await at.portal.come_up()


async def _clock_jumps(at: Stand, by: timedelta) -> None:
    """The portal's own clock goes on as if nothing had been."""
    await at.portal.go_down()
    await at.call()
    await at.pass_time(timedelta(minutes=10))
    at.portal.clock.move(-by.total_seconds())
    at.time.move(by)
    await at.rest()
    await at.portal.come_up()


async def _install(at: Stand) -> None:
    """An administrator installs the application again: the portal tells our address."""
    auth = {f"auth[{name}]": value for name, value in at.portal.auth.block(1).items()}
    await at.crm.hooked({}, urlencode({"event": "ONAPPINSTALL", **auth}).encode())
