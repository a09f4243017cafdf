"""A rating and prompts over ARI: what the caller does and how long he waits, whatever the daemon
does meanwhile."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.ari.rest import reading
from bridge.ari.settings import AriSettings
from tests.ari.conftest import applications, by_ari
from tests.lab.daemon import RunningDaemon, running_daemon
from tests.lab.office import Office
from tests.lab.wait import until

RATED, TOLD = "+74951234531", "+74951234532"
# Seconds, BRIDGE_RATE_WAIT and BRIDGE_SAY_WAIT here: so long that no pace of a busy machine comes
# near it where it must not be waited for, and short where it is what ends the wait.
LONG, SHORT = 30.0, 2.0
PACE = 5.0  # seconds that Asterisk may take on a busy machine for what it does at once

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("ari"),
]


def beside_ami(at: Office) -> Callable[[dict[str, Any]], None]:
    """AMI tells of the calls, ARI serves the application."""

    def change(config: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{at.asterisk.ports.http}"
        config["pbx"][0]["ari"] = {"url": url, "username": "lab", "password": at.asterisk.secret}

    return change


@pytest_asyncio.fixture(loop_scope="session")
async def asked(at: Office, tmp_path: Path) -> AsyncIterator[Office]:
    """The office, for one conversation."""
    async with at.playing(tmp_path / "capture.ami"):
        await nobody_serves(at)
        async with waiting(at, LONG):
            yield at


def waiting(at: Office, seconds: float) -> AbstractAsyncContextManager[None]:
    """The caller waits no longer for the daemon."""
    return at.set_up(BRIDGE_RATE_WAIT=str(seconds), BRIDGE_SAY_WAIT=str(seconds))


async def nobody_serves(at: Office) -> None:
    """Wait until Asterisk has noticed that the daemon of the test before is gone."""
    url = f"http://127.0.0.1:{at.asterisk.ports.http}"
    settings = AriSettings(url=url, username="lab", password=at.asterisk.secret)

    async def unserved() -> bool:
        known = await applications(rest)
        return known is not None and settings.app not in known

    if at.asterisk.build.major == 16:
        return  # it lists an application without a client, too, and lets nobody into it
    async with reading(settings) as rest:
        await until(unserved, "the application of the test before to be gone")


async def is_asked(at: Office) -> None:
    """The client has talked with Bob, who hangs up; the client stays and is asked."""
    await at.client.calls(RATED)
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.bob.hangs_up()
    await at.ami.event("Newexten", Application="Stasis")


async def waited(at: Office) -> tuple[float, dict[str, str]]:
    """Seconds between the question and the next step of the dialplan, and what it found there."""
    asked = await at.ami.event("UserEvent", UserEvent="Asked")
    told = await at.ami.event("UserEvent", UserEvent="Told")
    return float(told["Timestamp"]) - float(asked["Timestamp"]), told


async def record(daemon: RunningDaemon) -> dict[str, Any]:
    async def stored() -> dict[str, Any] | None:
        return next(iter(await daemon.finished()), None)

    return await until(stored, "the record")


@pytest.mark.parametrize("events", [by_ari, beside_ami], ids=["ari", "ami"])
async def test_a_client_rates_the_call_with_one_key(
    asked: Office, tmp_path: Path, events: Callable[[Office], Callable[[dict[str, Any]], None]]
) -> None:
    async with running_daemon(asked, tmp_path, change=events(asked)) as daemon:
        await is_asked(asked)
        await asked.client.presses("4")
        seconds, told = await waited(asked)
        await asked.client.is_released()
        found = await record(daemon)
    assert (found["rating"], found["responsible"], found["disposition"]) == (4, "102", "answered")
    assert (told["Status"], told["Limit"], seconds < LONG) == ("SUCCESS", "0", True)


async def test_a_prompt_is_played_and_the_call_goes_on(asked: Office, tmp_path: Path) -> None:
    async with running_daemon(asked, tmp_path, change=by_ari(asked)):
        await asked.client.calls(TOLD)
        await asked.client.is_answered()
        seconds, told = await waited(asked)
    assert (told["Status"], told["Limit"]) == ("SUCCESS", "0")
    assert 0.1 < seconds < LONG


async def test_with_the_daemon_down_the_call_goes_on_at_once(asked: Office) -> None:
    await is_asked(asked)
    seconds, told = await waited(asked)
    assert (told["Status"], told["Limit"], seconds < PACE) == ("FAILED", "0", True), seconds


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_a_daemon_that_dies_half_way_costs_the_caller_the_bound_and_no_more(
    asked: Office, tmp_path: Path, death: signal.Signals
) -> None:
    async with (
        waiting(asked, SHORT),
        running_daemon(asked, tmp_path, change=by_ari(asked)) as daemon,
    ):
        await is_asked(asked)
        daemon.process.send_signal(death)
        seconds, told = await waited(asked)
        if death is signal.SIGSTOP:
            daemon.process.send_signal(signal.SIGCONT)
    assert told["Limit"] == "0"
    assert SHORT / 2 < seconds < SHORT + PACE


async def test_whoever_was_left_in_stasis_goes_on_when_the_daemon_is_back(
    asked: Office, tmp_path: Path
) -> None:
    async with running_daemon(asked, tmp_path, change=by_ari(asked)) as daemon:
        await is_asked(asked)
        await daemon.kill()
        await daemon.start_again()
        _, told = await waited(asked)
    assert (told["Status"], told["Limit"]) == ("SUCCESS", "0")
