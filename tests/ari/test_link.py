"""The ARI link: what its consumer gets, in which order, whatever happens to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.ari.application import Application
from bridge.ari.link import AriLink
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import BridgeKind, LinkLost, PbxStarted, SnapshotTaken
from bridge.link.devices import Devices
from bridge.link.errors import LinkDown
from bridge.link.states import LinkState
from bridge.routing.presence import Presence
from tests.ami.clients import Counts
from tests.ami.links import certificate
from tests.ari.fake import FakeAri, channel, event
from tests.link.links import names, running, seen


def to(pbx: FakeAri, counters: Counts | None = None, **other: Any) -> AriLink:
    extra = {name: other.pop(name) for name in ("started", "devices", "told") if name in other}
    settings = pbx.settings(**other)
    return AriLink("office", settings, counters=counters, chance=lambda: -0.9, **extra)


CREATED = event("ChannelCreated", channel=channel())


async def test_a_snapshot_comes_first_then_the_events(pbx: FakeAri) -> None:
    async with running(to(pbx)) as link:
        first = await seen(link, SnapshotTaken)
        await pbx.send(CREATED)
        assert names(first + await seen(link, "ChannelCreated")) == [
            "SnapshotTaken",
            "ChannelCreated",
        ]
    assert ("GET", "events", {"app": "bridge", "subscribeAll": "true"}) in pbx.asked


async def test_the_snapshot_holds_channels_bridges_and_who_waits_in_a_queue(pbx: FakeAri) -> None:
    queue = {"app_name": "Queue", "app_data": "service,tk"}
    pbx.lists["channels"] = [channel("1.1"), channel("1.2"), channel("1.3", dialplan=queue)]
    inside = {"id": "b", "technology": "softmix", "channels": ["1.1", "1.2", "gone"]}
    pbx.lists["bridges"] = [inside]
    pbx.lists["channels/1.2/variable"] = {"value": "1.1"}
    async with running(to(pbx)) as link:
        [snapshot] = await seen(link, SnapshotTaken)
    assert isinstance(snapshot, SnapshotTaken)
    assert [one.linkedid for one in snapshot.channels] == ["", "1.1", ""]
    assert [(one.channel.uniqueid, one.bridge, one.kind) for one in snapshot.members] == [
        ("1.1", "b", BridgeKind.MIXING),
        ("1.2", "b", BridgeKind.MIXING),
    ]
    assert [(one.channel.uniqueid, one.queue) for one in snapshot.waiting] == [("1.3", "service")]


async def test_the_lists_of_a_busy_pbx_are_read_to_their_end(pbx: FakeAri) -> None:
    linked: dict[str, Any] = {"channelvars": {"CHANNEL(linkedid)": "1.1"}}
    pbx.lists["channels"] = [channel(f"1.{number}", **linked) for number in range(5000)]
    async with running(to(pbx)) as link:
        [snapshot] = await seen(link, SnapshotTaken)
    assert isinstance(snapshot, SnapshotTaken)
    assert len(snapshot.channels) == 5000


async def test_events_that_come_while_the_lists_are_read_follow_the_snapshot(pbx: FakeAri) -> None:
    async def meanwhile(path: str) -> None:
        if path == "bridges":
            await pbx.send(CREATED)

    pbx.before = meanwhile
    async with running(to(pbx)) as link:
        assert names(await seen(link, "ChannelCreated")) == ["SnapshotTaken", "ChannelCreated"]


async def test_a_lost_link_is_told_and_followed_by_a_new_snapshot(pbx: FakeAri) -> None:
    counts = Counts()
    async with running(to(pbx, counts)) as link:
        await seen(link, SnapshotTaken)
        pbx.drop()
        assert names(await seen(link, SnapshotTaken)) == ["LinkLost", "SnapshotTaken"]
    assert counts.counted["ari_gaps office lost"] == 1


async def test_an_asterisk_that_started_anew_is_told_apart_from_a_lost_link(pbx: FakeAri) -> None:
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        pbx.started = "2026-11-28T10:00:01.000+0000"
        pbx.drop()
        got = await seen(link, SnapshotTaken)
    assert [type(one) for one in got] == [LinkLost, PbxStarted, SnapshotTaken]


async def test_a_peer_that_answers_no_ping_is_a_gap(pbx: FakeAri) -> None:
    counts = Counts()
    pbx.deaf = True
    async with running(to(pbx, counts, ping_seconds=0.3)) as link:
        await seen(link, LinkLost)
    assert counts.counted["ari_gaps office silent"] == 1


async def test_a_stalled_consumer_costs_a_counted_gap_and_then_all_is_right_again(
    pbx: FakeAri,
) -> None:
    counts = Counts()
    async with running(to(pbx, counts, max_bytes=2000)) as link:
        await seen(link, SnapshotTaken)
        await pbx.send(*[CREATED] * 20)
        got = await seen(link, LinkLost)
        assert 0 < names(got).count("ChannelCreated") < 20
        await seen(link, SnapshotTaken)
    assert counts.counted["ari_gaps office behind"] == 1


async def test_a_link_whose_application_asterisk_forgot_is_opened_anew(pbx: FakeAri) -> None:
    """It stays open and silent for ever; only asking shows it."""
    async with running(to(pbx, ping_seconds=0.3)) as link:
        await seen(link, SnapshotTaken)
        pbx.statuses["applications/bridge"] = 404
        await seen(link, LinkLost)
        pbx.statuses.clear()
        await seen(link, SnapshotTaken)
    assert len(pbx.sockets) > 1


@pytest.mark.parametrize(
    ("statuses", "settings", "state", "words"),
    [
        ({}, {"password": "another"}, LinkState.REFUSED, "section [bridge] of ari.conf"),
        ({"channels": 403}, {}, LinkState.REFUSED, "read_only"),
        # Asterisk says so, too, while it starts.
        ({"asterisk/info": 404}, {}, LinkState.WAITING, "res_ari.so is loaded"),
        ({"events": 404}, {}, LinkState.WAITING, "res_http_websocket.so"),
        ({"asterisk/info": 503}, {}, LinkState.WAITING, "HTTP 503"),
        ({"bridges": 404}, {}, LinkState.WAITING, "bridges: not there (HTTP 404): see that every"),
    ],
)
async def test_what_is_wrong_is_said_in_words_and_a_person_is_waited_for_longest(
    pbx: FakeAri, statuses: dict[str, int], settings: dict[str, Any], state: LinkState, words: str
) -> None:
    pbx.statuses |= statuses
    with capture_logs() as logged:
        assert await state_after(to(pbx, **settings), LinkState.CONNECTING) is state
    [down] = [line for line in logged if line["event"] == "ari.down"]
    assert words in down["why"]
    assert "another" not in str(logged)


async def test_another_client_of_the_same_application_is_told(pbx: FakeAri) -> None:
    moves: asyncio.Queue[LinkState] = asyncio.Queue()
    with capture_logs() as logged:
        async with running(to(pbx, told=moves.put_nowait)) as link:
            await seen(link, SnapshotTaken)
            await pbx.send(event("ApplicationReplaced", application="bridge"))
            async with asyncio.timeout(8):
                while await moves.get() is not LinkState.REFUSED:
                    pass
    assert "give each its own name" in next(
        line["why"] for line in logged if line["event"] == "ari.down"
    )


async def test_nobody_at_the_address_says_where_to_look() -> None:
    async with FakeAri() as pbx:
        gone = to(pbx)
    with capture_logs() as logged:
        assert await state_after(gone, LinkState.CONNECTING) is LinkState.WAITING
    assert "is HTTP on in http.conf?" in logged[0]["why"]


async def test_a_name_that_is_not_found_is_looked_for_in_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*asked: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with FakeAri() as pbx:
        lost = to(pbx, url="http://pbx.example:8088")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with capture_logs() as logged:
        assert await state_after(lost, LinkState.CONNECTING) is LinkState.WAITING
    assert logged[0]["why"] == (
        "http://pbx.example:8088: Name or service not known; is ari.url right?"
    )


async def test_tls_with_a_certificate_of_ones_own(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    named: dict[str, Any] = {"tls_name": "pbx.example"}
    with capture_logs() as logged:
        async with FakeAri(server) as pbx:
            async with running(to(pbx, tls_ca=cert, **named)) as link:
                assert names(await seen(link, SnapshotTaken)) == ["SnapshotTaken"]
            unknown = await state_after(to(pbx, **named), LinkState.CONNECTING)
            missing = to(pbx, tls_ca=Path("/nowhere.pem"), **named)
            assert await state_after(missing, LinkState.CONNECTING) is unknown is LinkState.WAITING
    down = [line["why"] for line in logged if line["event"] == "ari.down"]
    assert [why.count("check ari.tls_ca") for why in down] == [1, 1]


async def state_after(link: AriLink, before: LinkState) -> LinkState:
    """The first state of a wait after this one."""
    moves: asyncio.Queue[LinkState] = asyncio.Queue()
    link._told = moves.put_nowait
    async with running(link), asyncio.timeout(8):
        while await moves.get() is not before:
            pass
        while (found := await moves.get()) not in (LinkState.REFUSED, LinkState.WAITING):
            pass
    return found


@pytest.mark.parametrize("when", [LinkState.CONNECTING, LinkState.SNAPSHOTTING, LinkState.LIVE])
async def test_closed_at_any_time_it_ends(pbx: FakeAri, when: LinkState) -> None:
    moves: asyncio.Queue[LinkState] = asyncio.Queue()
    link = to(pbx, told=moves.put_nowait)
    async with asyncio.timeout(8), running(link):
        while await moves.get() is not when:
            pass
    assert link.state is LinkState.CLOSED


async def test_a_request_while_the_link_is_down_is_not_sent(pbx: FakeAri) -> None:
    with pytest.raises(LinkDown):
        await to(pbx).ask("POST", "channels/1.1/answer", {})
    assert pbx.asked == []


async def test_devices_are_learnt_heard_and_forgotten_when_the_link_is_lost(pbx: FakeAri) -> None:
    devices, moves = Devices(Directory([])), asyncio.Queue[LinkState]()
    pbx.lists["endpoints"] = [
        {"technology": "PJSIP", "resource": name} for name in ("101", "102", "trunk")
    ]
    pbx.lists["deviceStates/PJSIP/101"] = {"state": "NOT_INUSE"}
    pbx.lists["deviceStates/PJSIP/102"] = {"state": "NOT_INUSE"}
    pbx.lists["deviceStates/Custom:DND102"] = {"state": "INUSE"}
    for absent in ("Custom:DEVDND101", "Custom:DEVDND102", "Custom:DND101"):
        pbx.lists[f"deviceStates/{absent}"] = {"state": "UNKNOWN"}
    told = event("DeviceStateChanged", device_state={"name": "PJSIP/101", "state": "INUSE"})
    async with running(to(pbx, devices=devices, told=moves.put_nowait)) as link:
        await seen(link, SnapshotTaken)
        learnt = dict(devices.presence)
        await pbx.send(told, CREATED)
        await seen(link, "ChannelCreated")
        heard = dict(devices.presence)
        pbx.drop()
        await seen(link, LinkLost)
        forgotten = dict(devices.presence)
    assert learnt == {"101": Presence.FREE, "102": Presence.DND}
    assert (heard["101"], forgotten) == (Presence.IN_USE, {})


LEFT = {"app_name": "Stasis", "app_data": "bridge,rate"}


@pytest.mark.parametrize(
    "told",
    [["x", 5, None], {"id": "1.1"}, 7, [{"id": "\ud800", "dialplan": LEFT}]],
    ids=["none", "one", "a number", "an id that no address takes"],
)
async def test_a_list_of_channels_that_is_none_costs_no_link(told: Any) -> None:
    async def nothing(method: str, path: str, query: dict[str, str]) -> Any:
        return told

    application = Application("office", "bridge", nothing, Counts())
    application.live()
    application.close()
    await application.run()
