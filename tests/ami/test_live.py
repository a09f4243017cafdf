"""The link on a real Asterisk, with the rights and filters that docs/ami.md names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.ami.codec import Frame
from bridge.ami.link import AmiLink
from bridge.ami.presence import KINDS as DEVICES
from bridge.ami.settings import AmiSettings
from bridge.ami.translate import KINDS
from bridge.domain.pbx_events import LinkLost, PbxStarted, SnapshotTaken
from bridge.link.errors import LinkDown
from bridge.link.inbox import Item
from bridge.link.states import LinkState
from tests.ami import page
from tests.ami.clients import Counts
from tests.ami.links import certificate
from tests.lab.asterisk import Asterisk, running
from tests.lab.office import devices
from tests.lab.ports import free_port
from tests.lab.wait import until

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]
SECRET = "a secret of this test"
DIALPLAN = """
[ami-test]
exten => waits,1,Answer()
 same => n,Wait(60)
exten => talks,1,Dial(Local/waits@ami-test)
exten => queues,1,Queue(ami-test)
"""
QUEUE = "\n[ami-test]\njoinempty = yes\n"
VERSIONS = [
    pytest.param(("22", "advanced"), id="22"),
    pytest.param(("22", "legacy"), id="22-legacy"),
    pytest.param(("16", "legacy"), id="16", marks=pytest.mark.asterisk16),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=VERSIONS)
async def pbx(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    version, filters = request.param
    async with running(version, devices(version)) as asterisk:
        user = page.user().replace("CHANGE-ME", SECRET)
        _append(asterisk, "manager.conf", f"\n{user}{page.filters(filters)}")
        _append(asterisk, "manager.conf", f"\n[all]\nsecret = {SECRET}\nread = all\nwrite = all\n")
        _append(asterisk, "extensions.conf", DIALPLAN)
        _append(asterisk, "queues.conf", QUEUE)
        for module in ("manager", "pbx_config", "app_queue"):
            await command(asterisk, f"module reload {module}")
        yield asterisk


def _append(asterisk: Asterisk, file: str, text: str) -> None:
    with (asterisk.home / "etc" / file).open("a") as config:
        config.write(text)


async def command(asterisk: Asterisk, text: str) -> str:
    """The last line that Asterisk's console prints."""
    async with asterisk.ami() as session:
        answer = await session.act("Command", Command=text)
    return answer.get("Output", "")


async def dropped(asterisk: Asterisk) -> None:
    """Until Asterisk has sent everybody away but whoever asks."""

    async def look() -> bool:
        return (await command(asterisk, "manager show connected")).startswith("1 users")

    await until(look, "Asterisk to drop the reader")


@asynccontextmanager
async def linked(
    pbx: Asterisk, kinds: frozenset[str] | None = KINDS, counts: Counts | None = None, **other: Any
) -> AsyncIterator[AmiLink]:
    usual = {"name": "pbx", "port": pbx.ports.ami, "username": "bridge", "secret": SECRET}
    settings = AmiSettings.model_validate({**usual, **other})
    link = AmiLink(settings, kinds, counters=counts, chance=lambda: 0.0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        yield link
        link.close()


async def seen(link: AmiLink, last: type | str, times: int = 1) -> list[Item]:
    """Up to the item of that type, or the event of that kind, that comes so often."""
    got: list[Item] = []
    async with asyncio.timeout(30):
        while sum(name == _name(last) for name in map(_name, got)) < times:
            got += await link.take()
    return got


def the_snapshot(items: list[Item]) -> SnapshotTaken:
    (snapshot,) = [item for item in items if isinstance(item, SnapshotTaken)]
    return snapshot


def _name(item: Item | type | str) -> str:
    if isinstance(item, Frame):
        return item.kind
    return item if isinstance(item, str) else getattr(item, "__name__", type(item).__name__)


@asynccontextmanager
async def calls(pbx: Asterisk, *extens: str) -> AsyncIterator[None]:
    """These extensions are called, and hung up at the end. The session stays open meanwhile:
    Asterisk now and then drops an Originate whose sender leaves at once."""
    async with pbx.ami() as session:
        for exten in extens:
            to = {"Context": "ami-test", "Exten": "waits", "Priority": "1", "Async": "true"}
            await session.act("Originate", Channel=f"Local/{exten}@ami-test/n", **to)
        yield
        await session.act("Command", Command="channel request hangup all")
        await session.quiet()


async def test_a_call_that_was_there_before_is_in_the_snapshot_as_its_events_told_it(
    pbx: Asterisk,
) -> None:
    """Who saw the call begin and who came late know the same of it."""
    async with linked(pbx) as early:
        await seen(early, SnapshotTaken)
        async with calls(pbx, "talks", "queues"):
            events = await seen(early, "BridgeEnter", times=2)
            if "QueueCallerJoin" not in map(_name, events):
                events += await seen(early, "QueueCallerJoin")
            async with linked(pbx) as late:
                snapshot = the_snapshot(await seen(late, SnapshotTaken))
    frames = [one for one in events if isinstance(one, Frame)]
    told = {kind: {f.get("Uniqueid") for f in frames if f.kind == kind} for kind in KINDS}
    assert told["Newchannel"] <= {one.uniqueid for one in snapshot.channels}
    assert {one.channel.uniqueid for one in snapshot.members} >= told["BridgeEnter"]
    assert {one.channel.uniqueid for one in snapshot.waiting} == told["QueueCallerJoin"]


async def test_the_filters_of_the_page_stop_what_decides_nothing(pbx: Asterisk) -> None:
    """Of one call, each told by everything that its AMI user is sent."""
    async with linked(pbx, None) as ours, linked(pbx, None, username="all") as whole:
        for link in (ours, whole):
            await seen(link, SnapshotTaken)
        async with calls(pbx, "talks"):
            told = [kinds_of(await seen(link, "BridgeEnter", times=2)) for link in (ours, whole)]
    assert told[0] <= KINDS | DEVICES
    assert told[0] >= told[1] & {"Newchannel", "LocalBridge", "DialBegin", "DialEnd", "BridgeEnter"}
    assert told[1] >= {"Newexten", "VarSet"}


def kinds_of(items: list[Item]) -> set[str]:
    return {item.kind for item in items if isinstance(item, Frame)}


@pytest.mark.proves("S0-44")
async def test_over_tls(pbx: Asterisk, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    port = free_port()
    for file, name in ((cert, "ami.pem"), (key, "ami.key")):
        (pbx.home / "keys" / name).write_bytes(file.read_bytes())
    inside = "/" + str(pbx.home.relative_to(pbx.build.root))
    lines = page.tls().replace("/etc/asterisk/keys", f"{inside}/keys")
    config = pbx.home / "etc" / "manager.conf"
    text = config.read_text().replace("0.0.0.0:5039", "")
    lines = lines.replace("0.0.0.0:5039", f"127.0.0.1:{port}")
    config.write_text(text.replace("[general]\n", f"[general]\n{lines}", 1))
    await command(pbx, "module reload manager")
    async with linked(pbx, port=port, tls=True, tls_ca=cert, tls_name="pbx.example") as link:
        assert _name((await seen(link, SnapshotTaken))[0]) == "SnapshotTaken"


FLOOD = frozenset({"UserEvent"})
FILLING = "x" * 900


async def flood(pbx: Asterisk, messages: int) -> None:
    """That many UserEvents of some 7 kB each, far faster than any call makes events."""
    async with pbx.ami() as session:
        for number in range(messages):
            lines = {f"Filling{line}": FILLING for line in range(8)}
            await session.act("UserEvent", UserEvent="Flood", Number=str(number), **lines)


async def test_a_stalled_consumer_does_not_stop_the_reading(pbx: Asterisk) -> None:
    """Asterisk drops a reader that is slow for 100 ms (`writetimeout`); ours reads on while the
    consumer takes nothing, and nothing is missing in the end."""
    counts = Counts()
    async with linked(pbx, FLOOD, counts, username="all", classes="user") as link:
        await seen(link, SnapshotTaken)
        await flood(pbx, 2000)
        items = await seen(link, "UserEvent", times=2000)
    numbers = [item.get("Number") for item in items if isinstance(item, Frame)]
    assert numbers == [str(number) for number in range(2000)]
    assert not [name for name in counts.counted if name.startswith("ami_gaps")]


async def test_past_its_bound_the_link_closes_itself_counts_a_gap_and_comes_back(
    pbx: Asterisk,
) -> None:
    counts = Counts()
    bound = {"username": "all", "classes": "user", "max_bytes": 1024 * 1024}
    async with linked(pbx, FLOOD, counts, **bound) as link:
        await seen(link, SnapshotTaken)
        await flood(pbx, 300)
        await counts.until(lambda: link.state is LinkState.WAITING)
        items = await seen(link, SnapshotTaken)
        await flood(pbx, 1)
        await seen(link, "UserEvent")
    assert list(map(_name, items))[-2:] == ["LinkLost", "SnapshotTaken"]
    assert counts.counted["ami_gaps pbx behind"] == 1


async def test_a_reader_that_does_stop_is_dropped_by_asterisk_and_resynchronises(
    pbx: Asterisk,
) -> None:
    """What the bound and the queue are for: this is what happens without them."""
    counts = Counts()
    async with linked(pbx, FLOOD, counts, username="all", classes="user") as link:
        await seen(link, SnapshotTaken)
        assert link._session is not None
        transport = link._session.protocol.transport
        read_on, transport.resume_reading = transport.resume_reading, lambda: None
        transport.pause_reading()
        await flood(pbx, 2000)
        await dropped(pbx)
        transport.resume_reading = read_on
        read_on()
        items = await seen(link, SnapshotTaken)
    assert "LinkLost" in map(_name, items)
    assert counts.counted["ami_gaps pbx lost"] == 1


async def test_a_restart_of_asterisk_is_told_as_one(pbx: Asterisk) -> None:
    """Last: the laboratory's Asterisk starts itself anew."""
    async with linked(pbx, username="all") as link:
        await seen(link, SnapshotTaken)
        with pytest.raises(LinkDown):
            await link.action("Command", {"Command": "core restart now"})
        items = await seen(link, SnapshotTaken)
    ours = [type(item) for item in items if not isinstance(item, Frame)]
    assert ours == [LinkLost, PbxStarted, SnapshotTaken]
