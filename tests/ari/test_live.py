"""The daemon beside a real Asterisk that it hears over ARI alone."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.ari.link import AriLink
from bridge.ari.rest import reading
from bridge.ari.settings import AriSettings
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import LinkLost, PbxStarted, SnapshotTaken
from bridge.link.devices import Devices
from bridge.link.errors import Refused
from bridge.link.states import LinkState
from bridge.routing.presence import Presence
from tests.ari.conftest import applications, by_ari
from tests.lab.asterisk import crashed
from tests.lab.asterisk import running as asterisk
from tests.lab.daemon import COMMAND, RunningDaemon, command, running_daemon, settings
from tests.lab.office import CLIENT, SALES, STAFF, Office, devices
from tests.lab.ports import free_port
from tests.lab.scenario import load
from tests.lab.truth import mismatches
from tests.lab.wait import until
from tests.link.links import running, seen

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("ari"),
]


async def stored(daemon: RunningDaemon, count: int) -> list[dict[str, Any]]:
    async def are() -> bool:
        return len(await daemon.finished()) == count

    await until(are, f"{count} calls to be stored")
    return await daemon.finished()


async def test_calls_over_ari_alone_give_the_records_that_people_would_write(
    at: Office, tmp_path: Path
) -> None:
    """A group, a queue, a transfer, an outgoing call: each as its scenario says."""
    known, truths = load(), []
    names = ("group_answered", "queue_answered", "blind_refer_to_group", "outbound_answered")
    async with running_daemon(at, tmp_path, change=by_ari(at)) as daemon:
        for name in names:
            async with at.playing(tmp_path / "capture.ami"):
                await known[name].conversation(at)
            truths += known[name].truth(at)["records"]
            records = await stored(daemon, len(truths))
        ready = await daemon.ask("/readyz")
    assert mismatches(records, {"records": truths}) == []
    assert all(one["recordings"] for one in records)
    assert ready["ari office"] == "live"


async def test_a_daemon_killed_in_the_middle_of_a_call_knows_it_again(
    at: Office, tmp_path: Path
) -> None:
    async with running_daemon(at, tmp_path, change=by_ari(at)) as daemon:
        async with at.playing(tmp_path / "capture.ami"):
            await at.client.calls(SALES)
            await at.bob.answers()
            await at.client.talks_with(at.bob)
            await daemon.kill()
            await daemon.start_again()
            await at.client.hangs_up()
            await at.bob.is_released()
        [record] = await stored(daemon, 1)
    assert (record["direction"], record["client"]["number"]) == ("inbound", CLIENT)
    assert (record["answered_by"], record["responsible"]) == (["102"], "102")


async def test_whose_telephone_can_ring_comes_from_device_states(
    at: Office, tmp_path: Path
) -> None:
    whose = Devices(Directory([]))
    link = AriLink("office", ari(at, app="presence"), devices=whose)
    async with running(link), at.playing(tmp_path / "capture.ami"):
        await seen(link, SnapshotTaken)
        learnt = dict(whose.presence)
        await at.client.calls(SALES)
        await at.bob.answers()
        await seen(link, "ChannelEnteredBridge")

        async def in_use() -> bool:
            return whose.presence["102"] is Presence.IN_USE

        await until(in_use, "Bob to be in use")
        await at.client.hangs_up()
    assert learnt == dict.fromkeys(STAFF, Presence.FREE)


async def test_a_user_who_may_only_read_is_enough_for_calls(at: Office, tmp_path: Path) -> None:
    """The lines for him are those of docs/ari.md, with `read_only = yes`."""
    link = AriLink("office", ari(at, username="reader", app="reading"))
    async with running(link), at.playing(tmp_path / "capture.ami"):
        await seen(link, SnapshotTaken)
        await at.client.calls(SALES)
        await at.bob.answers()
        await seen(link, "ChannelEnteredBridge")
        with pytest.raises(Refused, match="take read_only out"):
            await link.ask("POST", "channels/none/answer", {})
        await at.client.hangs_up()


async def test_an_asterisk_that_dies_and_starts_again_is_followed_again_at_once() -> None:
    """While it starts it has an HTTP server and no ARI yet: nobody has to mend that."""
    async with asterisk("22", devices("22")) as pbx:
        settings = AriSettings(
            url=f"http://127.0.0.1:{pbx.ports.http}", username="lab", password=pbx.secret
        )
        states: list[LinkState] = []
        link = AriLink("office", settings, told=states.append)
        async with running(link):
            await seen(link, SnapshotTaken)
            async with crashed(pbx):
                told = await seen(link, SnapshotTaken, within=30)
    assert [type(one) for one in told] == [LinkLost, PbxStarted, SnapshotTaken]
    assert LinkState.REFUSED not in states


async def test_discover_asks_over_ari(at: Office, tmp_path: Path) -> None:
    config = tmp_path / "bridge.yml"
    values = settings(at, tmp_path, free_port())
    by_ari(at)(values)
    config.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    [found] = json.loads(await command("discover", "-c", str(config), "--json")).values()
    endpoints = {device for one in found["agents"] for device in one["endpoints"]}
    assert endpoints >= {f"PJSIP/{one}" for one in STAFF}
    assert "PJSIP/trunk-*" in found["trunks"]


def ari(at: Office, **other: Any) -> AriSettings:
    url = f"http://127.0.0.1:{at.asterisk.ports.http}"
    known = {"url": url, "username": "lab", "password": at.asterisk.secret}
    return AriSettings(**{**known, **other})


async def test_a_capture_of_ari_replays_to_the_call(at: Office, tmp_path: Path) -> None:
    secret, taken = tmp_path / "secret", tmp_path / "taken.ari"
    secret.write_text(at.asterisk.secret)
    url = f"http://127.0.0.1:{at.asterisk.ports.http}"
    words = ("capture", "--ari", url, "--user", "lab", "--secret-file", secret, "-o", taken)
    process = await asyncio.create_subprocess_exec(COMMAND, *words, stderr=asyncio.subprocess.PIPE)
    async with reading(AriSettings(url=url, username="lab", password=at.asterisk.secret)) as rest:

        async def captured() -> bool:
            return any(name.startswith("capture-") for name in await applications(rest) or ())

        await until(captured, "the capture to be connected")
    async with at.playing(tmp_path / "capture.ami"):
        await at.client.calls(SALES)
        client = await at.ami.event("Newchannel")
        await at.bob.answers()
        await at.client.talks_with(at.bob)
        await at.client.hangs_up()
        await at.bob.is_released()

    async def is_taken() -> bool:
        """ARI tells of an end by its own time, not by AMI's."""
        ends = (one for one in taken.read_text().splitlines() if "ChannelDestroyed" in one)
        return any(client["Uniqueid"] in one for one in ends)

    await until(is_taken, "the end of the call in the capture")
    process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    assert (process.returncode, b" 0 gaps" in said) == (0, True), said
    trunks = [word for trunk in at.trunks for word in ("--trunk", trunk)]
    [record] = (await command("replay", *trunks, str(taken))).splitlines()
    told = json.loads(record)
    assert (told["client"]["number"], told["responsible"]) == (CLIENT, "102")
