"""The link to one Asterisk: what its consumer gets, in which order, whatever happens."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.ami.codec import Frame
from bridge.ami.link import AmiLink
from bridge.ami.session import Session
from bridge.ami.settings import Login
from bridge.domain.pbx_events import BridgeKind, LinkLost, SnapshotTaken
from bridge.link.errors import LinkDown, LinkError, NoAnswer, Refused, Unreachable
from bridge.link.states import MOVES, IllegalMove, LinkState, moved
from tests.ami.clients import Counts, Ours, settings
from tests.ami.fake import Action, FakeAsterisk, channel, error, event, listed
from tests.ami.links import KINDS, certificate, to
from tests.lab.ports import free_port
from tests.link.links import names, running, seen


async def test_a_snapshot_comes_first_then_the_events(pbx: FakeAsterisk) -> None:
    async with running(to(pbx)) as link:
        before = await seen(link, SnapshotTaken)
        await pbx.send(event("Newchannel") + event("VarSet") + event("Hangup"))
        assert names(before + await seen(link, "Hangup")) == [
            "SnapshotTaken",
            "Newchannel",
            "Hangup",
        ]


async def test_the_snapshot_holds_channels_bridges_and_queues(pbx: FakeAsterisk) -> None:
    pbx.channels = [channel("1.1", "PJSIP/trunk-1", "b1"), channel("1.2", "PJSIP/101-2", "h1")]
    pbx.bridges = {"b1": "simple_bridge", "h1": "holding_bridge", "empty": "softmix"}
    pbx.queued = [{"Queue": "sales", "Uniqueid": "1.1"}, {"Queue": "sales", "Uniqueid": "gone"}]
    async with running(to(pbx)) as link:
        (snapshot,) = await seen(link, SnapshotTaken)
    assert isinstance(snapshot, SnapshotTaken)
    assert [one.uniqueid for one in snapshot.channels] == ["1.1", "1.2"]
    assert [(one.channel.name, one.bridge, one.kind) for one in snapshot.members] == [
        ("PJSIP/trunk-1", "b1", BridgeKind.MIXING),
        ("PJSIP/101-2", "h1", BridgeKind.HOLDING),
    ]
    assert [(one.channel.uniqueid, one.queue) for one in snapshot.waiting] == [("1.1", "sales")]


async def test_events_that_come_while_the_lists_are_read_follow_the_snapshot(
    pbx: FakeAsterisk,
) -> None:
    """A channel that is younger than the list of channels is bridged when the bridges are read:
    its own events tell of it, after the snapshot."""

    def while_listing(action: Action) -> str:
        young = channel("1.9", "PJSIP/102-9", "b1")
        pbx.channels.append(young)
        told = event("Newchannel", Uniqueid="1.9") + event("BridgeEnter", Uniqueid="1.9")
        bridges = [{"BridgeUniqueid": "b1", "BridgeTechnology": "simple_bridge"}]
        return told + listed(action, "BridgeListItem", "BridgeListComplete", bridges)

    pbx.bridges = {"b1": "simple_bridge"}
    pbx.answers["BridgeList"] = while_listing
    async with running(to(pbx)) as link:
        items = await seen(link, "BridgeEnter")
    assert names(items) == ["SnapshotTaken", "Newchannel", "BridgeEnter"]
    assert isinstance(items[0], SnapshotTaken)
    assert items[0].members == ()


async def test_events_before_the_lists_are_asked_for_come_before_the_snapshot(
    pbx: FakeAsterisk,
) -> None:
    usual = pbx._corestatus
    pbx.answers["CoreStatus"] = lambda action: event("Hangup") + usual(action)
    async with running(to(pbx)) as link:
        assert names(await seen(link, SnapshotTaken)) == ["Hangup", "SnapshotTaken"]


async def test_a_lost_link_is_told_and_followed_by_a_new_snapshot(pbx: FakeAsterisk) -> None:
    counters = Counts()
    async with running(to(pbx, counters=counters)) as link:
        await seen(link, SnapshotTaken)
        await pbx.send(event("Newchannel", Timestamp="1795295657.5"))
        await seen(link, "Newchannel")
        pbx.drop()
        items = await seen(link, SnapshotTaken)
    assert names(items) == ["LinkLost", "SnapshotTaken"]
    assert isinstance(items[0], LinkLost)
    assert items[0].at is not None
    assert items[0].at.timestamp() == 1795295657.5  # the last moment that we know of
    assert counters.counted["ami_gaps pbx lost"] == 1


async def test_a_link_lost_during_the_snapshot_gives_no_half_of_one(pbx: FakeAsterisk) -> None:
    def once(action: Action) -> str:
        pbx.drop()
        del pbx.answers["QueueStatus"]
        return ""

    pbx.answers["QueueStatus"] = once
    async with running(to(pbx)) as link:
        assert names(await seen(link, SnapshotTaken)) == ["SnapshotTaken"]
    assert pbx.logins == 2


async def test_what_came_beside_snapshots_that_failed_takes_no_room(pbx: FakeAsterisk) -> None:
    """A PBX that breaks off again and again does not make a consumer that is too slow."""
    failures = iter(range(3))

    def breaks_off(action: Action) -> str:
        if next(failures, None) is None:
            return pbx._queuestatus(action)
        pbx.drop()
        return ""

    busy = event("Newchannel") * 20
    pbx.answers["CoreShowChannels"] = lambda action: busy + pbx._coreshowchannels(action)
    pbx.answers["QueueStatus"] = breaks_off
    async with running(to(pbx, max_bytes=8_000)) as link:
        await seen(link, SnapshotTaken)
    assert pbx.logins == 4


async def test_an_asterisk_that_started_anew_is_told_apart_from_a_lost_link(
    pbx: FakeAsterisk,
) -> None:
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        pbx.started = ("2026-11-21", "10:00:00")
        pbx.drop()
        assert names(await seen(link, SnapshotTaken)) == ["LinkLost", "PbxStarted", "SnapshotTaken"]


async def test_a_restart_is_noticed_over_a_restart_of_our_own(pbx: FakeAsterisk) -> None:
    async with running(to(pbx, started="2026-11-20 08:00:00")) as link:
        assert names(await seen(link, SnapshotTaken))[0] == "PbxStarted"
    assert link.started == "2026-11-21 09:00:00"


async def test_a_stalled_consumer_costs_a_counted_gap_and_then_all_is_right_again(
    pbx: FakeAsterisk,
) -> None:
    counters = Counts()
    link = to(pbx, counters=counters, max_bytes=20_000)
    async with running(link):
        await seen(link, SnapshotTaken)
        for number in range(200):
            await pbx.send(event("Newchannel", Uniqueid=str(number)))
        await pbx.until(lambda: not pbx._writers)  # the consumer takes nothing: we hang up
        assert link.state is not LinkState.LIVE
        items = await seen(link, SnapshotTaken)
    told = [item.get("Uniqueid") for item in items if isinstance(item, Frame)]
    assert told == [str(number) for number in range(len(told))]  # a beginning without holes
    assert names(items)[-2:] == ["LinkLost", "SnapshotTaken"]
    assert counters.counted["ami_gaps pbx behind"] == 1


async def test_a_link_that_fell_behind_stays_away_until_the_consumer_has_caught_up(
    pbx: FakeAsterisk,
) -> None:
    link = to(pbx, max_bytes=2_000)
    async with running(link):
        await seen(link, SnapshotTaken)
        await pbx.send(event("Newchannel") * 20)
        await pbx.until(lambda: not pbx._writers)
        with pytest.raises(TimeoutError):
            await pbx.until(lambda: pbx.logins == 2, 0.3)
        await seen(link, SnapshotTaken)
    assert pbx.logins == 2


async def test_a_tap_that_is_full_closes_the_link(pbx: FakeAsterisk) -> None:
    room = [True]
    counts = Counts()
    link = AmiLink(settings(pbx.port), KINDS, counters=counts, tap=lambda data: room[0])
    async with running(link):
        await seen(link, SnapshotTaken)
        room[0] = False
        await seen(link, LinkLost)
    assert counts.counted["ami_gaps pbx behind"] == 1


async def test_a_silent_peer_is_a_gap(pbx: FakeAsterisk) -> None:
    counters = Counts()
    async with running(to(pbx, counters=counters)) as link:
        await seen(link, SnapshotTaken)
        pbx.silent = True
        await seen(link, LinkLost)
    assert counters.counted["ami_gaps pbx silent"] == 1


async def test_a_message_that_never_ends_is_silence(pbx: FakeAsterisk) -> None:
    counters = Counts()
    async with running(to(pbx, counters=counters)) as link, asyncio.TaskGroup() as group:
        await seen(link, SnapshotTaken)
        pbx.silent = True
        lost = group.create_task(seen(link, LinkLost))
        while not lost.done():
            await pbx.send("x")
            await asyncio.wait({lost}, timeout=0.02)
    assert counters.counted["ami_gaps pbx silent"] == 1


@pytest.mark.parametrize("login", Login)
async def test_it_logs_in(pbx: FakeAsterisk, login: Login) -> None:
    async with running(to(pbx, login=login)) as link:
        await seen(link, SnapshotTaken)
    said = [action for action in pbx.actions if action["Action"] == "Login"]
    assert ["Secret" in action for action in said] == [login is Login.PLAIN]


@pytest.mark.parametrize(
    ("action", "secret"), [("Login", "wrong"), ("Challenge", "s3"), ("CoreShowChannels", "s3")]
)
async def test_what_only_a_person_can_mend_is_refused_not_retried(
    pbx: FakeAsterisk, action: str, secret: str
) -> None:
    if secret == "s3":
        pbx.answers[action] = lambda asked: error(asked, "Permission denied")
    counts = Counts()
    async with running(to(pbx, secret=secret, counters=counts)) as link:
        await counts.until(lambda: link.state is LinkState.REFUSED)
        with pytest.raises(LinkDown, match="refused"):
            await link.action("Ping")


async def test_who_is_not_let_in_reads_what_to_compare_and_no_secret(pbx: FakeAsterisk) -> None:
    session = Session(settings(pbx.port, secret="not-theirs"), KINDS, lambda frame: None)
    await session.open()
    with pytest.raises(Refused) as caught:
        await session.authenticate()
    session.close()
    assert str(caught.value) == (
        "Asterisk refuses AMI user 'bridge' (Authentication failed): compare secret, permit and"
        " acl in manager.conf with the configuration, then `manager reload`"
    )


async def test_where_nobody_listens_the_words_name_the_address_and_manager_conf() -> None:
    port = free_port()
    with pytest.raises(Unreachable) as caught:
        await Session(settings(port), KINDS, lambda frame: None).open()
    assert str(caught.value) == (
        f"127.0.0.1:{port}: Connection refused; is AMI enabled in manager.conf?"
    )


async def test_a_name_that_is_not_found_is_looked_for_in_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*asked: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match=r"Name .* not known; is `host` right\?"):
        await Session(settings(5038, host="pbx.example"), KINDS, lambda frame: None).open()


async def test_a_channel_that_smuggles_a_header_into_a_list_is_left_out(pbx: FakeAsterisk) -> None:
    smuggler = {**channel("1.1", "PJSIP/a-1"), "CallerIDName": "x\r\nUniqueid: 1.2"}
    pbx.channels = [smuggler, channel("1.2", "PJSIP/101-2")]
    async with running(to(pbx)) as link:
        (snapshot,) = await seen(link, SnapshotTaken)
    assert isinstance(snapshot, SnapshotTaken)
    assert [one.name for one in snapshot.channels] == ["PJSIP/101-2"]


async def test_an_asterisk_without_queues_is_served(pbx: FakeAsterisk) -> None:
    pbx.answers["QueueStatus"] = lambda action: error(action, "Invalid/unknown command")
    async with running(to(pbx)) as link:
        assert names(await seen(link, SnapshotTaken)) == ["SnapshotTaken"]


@pytest.mark.parametrize(
    ("banner", "said"),
    [
        ("SSH-2.0-OpenSSH\r\n", "greets with 'SSH-2.0-OpenSSH', not as an Asterisk"),
        ("", "greets with nothing"),
        ("\x00\xff\r\n\r\n", "not as an Asterisk: is this the port of manager.conf?"),
    ],
)
async def test_a_peer_that_is_no_asterisk_is_given_up_and_tried_later(
    pbx: FakeAsterisk, banner: str, said: str
) -> None:
    pbx.banner, pbx.silent = banner, True
    with capture_logs() as lines:
        async with running(to(pbx)) as link:
            await pbx.until(lambda: pbx.connections == 3)
            assert link.state is not LinkState.LIVE
    assert said in next(line["why"] for line in lines if line["event"] == "ami.down")


async def test_an_action_that_may_have_arrived_says_so(pbx: FakeAsterisk) -> None:
    pbx.answers["Originate"] = None
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        with pytest.raises(NoAnswer) as caught:
            await link.action("Originate", {"Channel": "Local/101@x", "Variable": ["A=1", "B=2"]})
    assert caught.value.sent


async def test_the_answer_to_originate_is_not_taken_for_an_event_about_it(
    pbx: FakeAsterisk,
) -> None:
    usual = pbx._originate
    pbx.answers["Originate"] = lambda action: (
        event("OriginateResponse", ActionID=action["ActionID"], Response="Failure") + usual(action)
    )
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        assert (await link.action("Originate", {"Channel": "Local/101@x"})).ok


@pytest.mark.parametrize("when", [LinkState.CONNECTING, LinkState.SNAPSHOTTING, LinkState.WAITING])
async def test_closed_at_any_time_it_ends(pbx: FakeAsterisk, when: LinkState) -> None:
    pbx.answers["CoreShowChannels"] = None
    counts = Counts()
    link = to(pbx, counters=counts)
    async with running(link):
        if when is LinkState.WAITING:
            await counts.until(lambda: link.state is LinkState.SNAPSHOTTING)
            pbx.drop()
        await counts.until(lambda: link.state is when)
    assert (link.state, await link.take()) == (LinkState.CLOSED, [])


async def test_two_links_know_nothing_of_each_other(pbx: FakeAsterisk) -> None:
    async with (
        FakeAsterisk() as other,
        running(to(pbx)) as one,
        running(to(other, name="b")) as two,
    ):
        await seen(one, SnapshotTaken)
        await seen(two, SnapshotTaken)
        pbx.drop()
        await seen(one, LinkLost)
        assert (one.pbx, two.pbx, two.state) == ("pbx", "b", LinkState.LIVE)


def test_every_state_has_its_moves_and_no_other_move_is_made() -> None:
    for state in LinkState:
        for target in set(LinkState) - MOVES[state]:
            with pytest.raises(IllegalMove):
                moved(state, target)


@pytest.mark.proves("S0-44")
async def test_tls_with_a_certificate_of_ones_own(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    counts = Counts()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    async with FakeAsterisk(server) as pbx:
        async with running(to(pbx, tls=True, tls_ca=cert, tls_name="pbx.example")) as link:
            assert names(await seen(link, SnapshotTaken)) == ["SnapshotTaken"]
        async with running(to(pbx, tls=True, tls_name="pbx.example", counters=counts)) as link:
            await counts.until(lambda: link.state is LinkState.WAITING and link._failures > 0)


async def test_a_tls_file_that_is_not_there_is_told_not_raised(pbx: FakeAsterisk) -> None:
    counts = Counts()
    async with running(to(pbx, tls=True, tls_ca=Path("/nowhere.pem"), counters=counts)) as link:
        await counts.until(lambda: link.state is LinkState.WAITING and link._failures > 0)
        with pytest.raises(LinkError):
            await link.action("Ping")


@given(chunks=st.lists(st.binary(max_size=200), max_size=20))
def test_no_bytes_from_the_peer_raise(chunks: list[bytes]) -> None:
    async def scenario() -> None:
        async with FakeAsterisk() as pbx, running(to(pbx, ping_seconds=60)) as link:
            await seen(link, SnapshotTaken)
            assert link._session is not None
            for chunk in chunks:
                link._session.protocol.data_received(chunk)

    asyncio.run(scenario())


async def test_every_message_is_counted_wherever_the_stream_is_cut(pbx: FakeAsterisk) -> None:
    client = Ours(pbx.port)
    await client.start()
    before = client.session.protocol.messages
    for byte in (event("VarSet") * 3).encode():
        client.feed(bytes([byte]))
    assert client.session.protocol.messages - before == 3
    await client.stop()
