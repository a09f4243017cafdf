"""Deaths and stops in the middle of a real call: the daemon's, Asterisk's, the link's."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from tests.daemon.desk import Desk, desk_of
from tests.daemon.wire import wire_to
from tests.lab.asterisk import Asterisk, crashed
from tests.lab.daemon import running_daemon
from tests.lab.line import Line
from tests.lab.office import SALES, Office, office
from tests.lab.wait import until

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

_NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(at: Office, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_daemon(at, tmp_path) as daemon, desk_of(daemon) as desk:
        yield desk


@pytest.fixture
def client(at: Office) -> Line:
    """Somebody who has not called yet."""
    return at.outsider(f"+7916124{next(_NUMBERS):04}")


async def talks_with_bob(at: Office, client: Line) -> None:
    await client.calls(SALES)
    await at.bob.answers()
    await client.talks_with(at.bob)


async def hangs_up(at: Office, client: Line) -> None:
    await client.hangs_up()
    await at.bob.is_released()


def reviewed(record: dict[str, Any]) -> tuple[object, ...]:
    """What must be said of a call whose end nobody saw."""
    return record["needs_review"], record["ended_at"], record["responsible"]


UNSEEN = (True, None, None)
FIRST, SECOND = "+79161249001", "+79161249002"


async def test_a_call_outlives_a_killed_daemon(at: Office, desk: Desk, client: Line) -> None:
    async with at.playing():
        await talks_with_bob(at, client)
        call_id = await desk.sees(client.number, "102")
        await desk.daemon.kill()
        await desk.daemon.start_again()
        await hangs_up(at, client)
        record = await desk.record(client.number)
    assert (record["call_id"], record["responsible"]) == (call_id, "102")
    assert [call["user"] for call in await desk.rows("calls")] == ["bob"]


async def test_a_call_outlives_a_daemon_that_was_stopped(
    at: Office, desk: Desk, client: Line
) -> None:
    async with at.playing():
        await talks_with_bob(at, client)
        call_id = await desk.sees(client.number, "102")
        await desk.daemon.stop()
        await desk.daemon.start_again()
        await hangs_up(at, client)
        record = await desk.record(client.number)
    assert (record["call_id"], record["responsible"]) == (call_id, "102")
    assert len(await desk.rows("calls")) == 1


async def test_a_call_that_ends_without_a_daemon_names_nobody(
    at: Office, desk: Desk, client: Line
) -> None:
    async with at.playing():
        await talks_with_bob(at, client)
        call_id = await desk.sees(client.number, "102")
        await desk.daemon.kill()
        await hangs_up(at, client)
        await desk.daemon.start_again()
        record = await desk.record(client.number)
    assert (record["call_id"], *reviewed(record)) == (call_id, *UNSEEN)
    assert len(await desk.rows("calls")) == 1


async def test_who_talked_last_is_never_who_talked_before_an_unseen_transfer(
    at: Office, desk: Desk, client: Line
) -> None:
    async with at.playing():
        await talks_with_bob(at, client)
        await desk.sees(client.number, "102")
        await desk.daemon.kill()
        await at.bob.transfers_to("201")
        await at.dave.answers()
        await client.talks_with(at.dave)
        await desk.daemon.start_again()
        await desk.sees(client.number, "201")
        await desk.daemon.kill()
        await desk.daemon.start_again()
        await desk.sees(client.number, "201")
        await client.hangs_up()
        record = await desk.record(client.number)
    assert record["responsible"] == "201"


async def test_a_daemon_that_starts_late_asks_who_sent_the_client_away(
    at: Office, desk: Desk, client: Line
) -> None:
    """Dave, who never answers, rings for the client that Bob has talked with."""
    await desk.daemon.kill()
    async with at.set_up(RING_TIME="30"), at.playing():
        await talks_with_bob(at, client)
        await at.bob.transfers_to("201")
        await at.dave.rings()
        await desk.daemon.start_again()
        await client.hangs_up()
        record = await desk.record(client.number)
    assert (record["answered_by"], record["responsible"]) == (["102"], "102")
    assert (record["disposition"], record["talk_seconds"]) == ("answered", None)


async def test_a_call_that_outlives_a_cut_link_is_right_and_marked(
    at: Office, client: Line, tmp_path: Path
) -> None:
    async with (
        wire_to(at.asterisk.ports.ami) as wire,
        running_daemon(at, tmp_path, ami_port=wire.here) as daemon,
        desk_of(daemon) as desk,
        at.playing(),
    ):
        await talks_with_bob(at, client)
        call_id = await desk.sees(client.number, "102")
        wire.cut()
        await until_logged(desk, "ami.live", 2)
        await hangs_up(at, client)
        record = await desk.record(client.number)
    assert (record["call_id"], record["responsible"]) == (call_id, "102")
    assert "link_lost" in record["oddities"]


async def test_new_agents_are_taken_up_in_the_middle_of_a_call(
    at: Office, desk: Desk, client: Line
) -> None:
    async with at.playing():
        await talks_with_bob(at, client)
        call_id = await desk.sees(client.number, "102")
        give_bobs_calls_to(desk.daemon.config, "carol")
        desk.daemon.process.send_signal(signal.SIGHUP)
        await until_logged(desk, "service.reloaded", 1)
        await hangs_up(at, client)
        record = await desk.record(client.number)
        [call] = await desk.rows("calls")
    assert (record["call_id"], record["oddities"], call["user"]) == (call_id, [], "carol")


def give_bobs_calls_to(config: Path, user: str) -> None:
    settings = yaml.safe_load(config.read_text("utf-8"))
    [bob] = [agent for agent in settings["agents"] if agent["extension"] == 102]
    bob["crm_user"] = user
    config.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")


async def until_logged(desk: Desk, event: str, times: int) -> None:
    async def look() -> bool:
        return [line["event"] for line in desk.daemon.log()].count(event) >= times

    await until(look, f"{event} in the log")


async def restarts(asterisk: Asterisk) -> None:
    """As a sysadmin who does not wait for calls to end."""
    config = f"/{asterisk.home.relative_to(asterisk.build.root)}/etc/asterisk.conf"
    command = asterisk.build.command("asterisk", "-C", config, "-rx", "core restart now")
    await (await asyncio.create_subprocess_exec(*command)).wait()


@pytest_asyncio.fixture(loop_scope="session")
async def mortal() -> AsyncIterator[Office]:
    """An office of its own, whose Asterisk may die."""
    async with office() as at:
        yield at


async def test_a_restarted_asterisk_ends_its_calls_and_the_next_is_followed(
    mortal: Office, tmp_path: Path
) -> None:
    at, first, second = mortal, mortal.outsider(FIRST), mortal.outsider(SECOND)
    async with running_daemon(at, tmp_path) as daemon, desk_of(daemon) as desk:
        await talks_with_bob(at, first)
        await desk.sees(FIRST, "102")
        await restarts(at.asterisk)
        ended = await desk.record(FIRST)
        await until_logged(desk, "ami.live", 2)
        await talks_with_bob(at, second)
        await hangs_up(at, second)
        after = await desk.record(SECOND)
    # Asterisk took the time to tell of each hang-up
    assert (ended["responsible"], ended["ended_at"] is None) == ("102", False)
    assert (after["responsible"], after["needs_review"]) == ("102", False)


async def test_a_crashed_asterisk_leaves_calls_for_review_and_the_next_is_followed(
    mortal: Office, tmp_path: Path
) -> None:
    at, first, second = mortal, mortal.outsider(FIRST), mortal.outsider(SECOND)
    async with running_daemon(at, tmp_path) as daemon, desk_of(daemon) as desk:
        await talks_with_bob(at, first)
        call_id = await desk.sees(FIRST, "102")
        async with crashed(at.asterisk):
            ended = await desk.record(FIRST)
            for phone in (first, at.bob):
                await phone.hangs_up()
            await talks_with_bob(at, second)
            await hangs_up(at, second)
            after = await desk.record(SECOND)
    assert (ended["call_id"], *reviewed(ended)) == (call_id, *UNSEEN)
    assert (after["responsible"], after["needs_review"]) == ("102", False)
