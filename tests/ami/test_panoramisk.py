"""What the bare library does wrong, a test a fault: put to it and to ours.

The bare library must fail each (`xfail`, strict): a test here that it passes proves nothing. Where
ours answers with an error of its own, `LinkError` is that error.
"""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bridge.ami.errors import BadHeader
from bridge.link.errors import LinkError
from tests.ami.clients import Bare, Link, Ours
from tests.ami.fake import FakeAsterisk, block, error, event

BARE = pytest.param(Bare, marks=pytest.mark.xfail(strict=True), id="bare")
session_like = pytest.mark.parametrize("kind", [BARE, pytest.param(Ours, id="ours")])
link_like = pytest.mark.parametrize("kind", [BARE, pytest.param(Link, id="ours")])

SOON = 1.0  # for what must happen
NEVER = 0.3  # for what must not


@pytest.fixture
async def client(kind: Any, pbx: FakeAsterisk) -> AsyncIterator[Any]:
    """Connected and logged in."""
    one = kind(pbx.port)
    await one.start()
    yield one
    with suppress(Exception):
        await one.stop()


async def first(client: Any, kind: str) -> Any:
    """The next event of that kind that the client hands over."""
    while True:
        seen = await asyncio.wait_for(client.seen.get(), SOON)
        if client.value(seen, "Event") == kind:
            return seen


@session_like
async def test_a_letter_split_between_two_reads_is_kept(client: Any) -> None:
    data = event("Newchannel", CallerIDName="Иванов").encode()
    cut = data.index("И".encode()) + 1
    client.feed(data[:cut])
    client.feed(data[cut:])
    assert client.value(await first(client, "Newchannel"), "CallerIDName") == "Иванов"


@session_like
async def test_a_handler_that_raises_costs_one_event_not_the_batch(
    kind: Any, pbx: FakeAsterisk
) -> None:
    seen = asyncio.Queue[str]()

    def handler(one: Any) -> None:
        if kind.value(one, "Event") == "Newchannel":
            raise RuntimeError("a fault of ours")
        seen.put_nowait(kind.value(one, "Event"))

    client = kind(pbx.port)
    await client.start(handler)
    await pbx.send(event("Newchannel") + event("Hangup"))
    while await asyncio.wait_for(seen.get(), SOON) != "Hangup":
        pass
    await client.stop()


@link_like
async def test_events_are_handled_one_after_the_other(kind: Any, pbx: FakeAsterisk) -> None:
    begun, done = asyncio.Event(), asyncio.Queue[str]()

    async def handler(one: Any) -> None:
        number = one.get("Number")
        for _ in range(20 if number == "1" else 0):  # the first takes longer than the second
            await asyncio.sleep(0)
        begun.set()
        if number:
            done.put_nowait(number)

    client = kind(pbx.port)
    await client.start(handler)
    await pbx.until(lambda: pbx.received("QueueStatus") == 1 or kind is Bare)
    await pbx.send(event("Test", Number="1") + event("Test", Number="2"))
    order = [await asyncio.wait_for(done.get(), SOON) for _ in range(2)]
    await client.stop()
    assert order == ["1", "2"]


@session_like
async def test_originate_without_an_async_header_is_answered(client: Any) -> None:
    reply = await client.action({"Action": "Originate", "Channel": "Local/1@x"})
    assert "queued" in reply.message


@session_like
async def test_a_list_action_that_is_refused_is_answered(client: Any, pbx: FakeAsterisk) -> None:
    pbx.answers["CoreShowChannels"] = lambda action: error(action, "Permission denied")
    reply = await client.action({"Action": "CoreShowChannels"}, as_list=True)
    assert reply.message == "Permission denied"


@session_like
async def test_actions_without_an_answer_leave_nothing_behind(
    client: Any, pbx: FakeAsterisk
) -> None:
    pbx.silent = True
    asked = [client.action({"Action": "CoreStatus"}) for _ in range(500)]
    await asyncio.gather(*asked, return_exceptions=True)
    assert client.unanswered() == 0


@link_like
async def test_a_silent_peer_is_noticed(kind: Any, pbx: FakeAsterisk) -> None:
    client = kind(pbx.port)
    await client.start()
    await pbx.until(lambda: pbx.received("Ping") >= 2)
    pbx.silent = True
    try:
        await pbx.until(lambda: pbx.connections == 2, SOON)
    finally:
        await client.stop()


@link_like
async def test_originate_is_never_sent_twice(kind: Any, pbx: FakeAsterisk) -> None:
    pbx.answers["Originate"] = None
    client = kind(pbx.port)
    await client.start()
    await pbx.until(lambda: pbx.received("Ping") >= 2)
    click = asyncio.ensure_future(client.action({"Action": "Originate", "Channel": "Local/1@x"}))
    await pbx.until(lambda: pbx.received("Originate") == 1)
    pbx.drop()
    await pbx.until(lambda: pbx.logins == 2)
    pings = pbx.received("Ping")
    await pbx.until(lambda: pbx.received("Ping") >= pings + 2)
    await asyncio.gather(click, return_exceptions=True)
    await client.stop()
    assert pbx.received("Originate") == 1


@link_like
async def test_an_action_while_the_link_is_down_fails_at_once(kind: Any) -> None:
    with pytest.raises(LinkError) as caught:
        await kind(9).action({"Action": "Originate"})
    assert not caught.value.sent


@link_like
async def test_closed_while_waiting_to_reconnect_stays_closed(kind: Any, pbx: FakeAsterisk) -> None:
    client = kind(pbx.port)
    await client.start()
    await pbx.until(lambda: pbx.received("Ping") >= 2)
    pbx.drop()
    await client.lost()
    client.close()
    with pytest.raises(TimeoutError):
        await pbx.until(lambda: pbx.connections == 2, NEVER)
    await client.stop()


@link_like
async def test_a_wrong_password_is_not_tried_again_at_once(kind: Any, pbx: FakeAsterisk) -> None:
    client = kind(pbx.port, secret="wrong")
    starting = asyncio.ensure_future(client.start())
    try:
        with pytest.raises(TimeoutError):
            await pbx.until(lambda: pbx.logins == 2, NEVER)
    finally:
        starting.cancel()
        await client.stop()


@session_like
async def test_a_line_break_in_a_value_is_refused(client: Any, pbx: FakeAsterisk) -> None:
    name = "Ivan\r\nAction: Command\r\nCommand: core stop now"
    with pytest.raises(BadHeader):
        await client.action({"Action": "Originate", "CallerID": name})


@session_like
async def test_a_header_that_may_repeat_is_a_list_always(client: Any) -> None:
    client.feed(block("Event: Once", "ChanVariable: A").encode())
    client.feed(block("Event: Twice", "ChanVariable: A", "ChanVariable: B").encode())
    values = [
        client.values(await first(client, name), "ChanVariable") for name in ("Once", "Twice")
    ]
    assert values == [["A"], ["A", "B"]]


@session_like
async def test_a_typing_error_is_told(client: Any) -> None:
    client.feed(event("Hangup").encode())
    hangup = await first(client, "Hangup")
    with pytest.raises(AttributeError):
        _ = hangup.uniqeid


@session_like
async def test_an_event_can_be_copied_and_pickled(client: Any) -> None:
    client.feed(event("Hangup", Uniqueid="1.1").encode())
    hangup = await first(client, "Hangup")
    assert pickle.loads(pickle.dumps(copy.copy(hangup))) == hangup


@session_like
async def test_the_stream_is_saved_while_it_is_read(
    kind: Any, pbx: FakeAsterisk, tmp_path: Path
) -> None:
    client = kind(pbx.port, save_stream=str(tmp_path / "stream"))
    try:
        await asyncio.wait_for(client.start(), SOON)
    finally:
        await client.stop()
    assert (tmp_path / "stream").read_bytes().startswith(b"Asterisk Call Manager/")


@session_like
async def test_a_message_without_an_end_is_not_kept(client: Any) -> None:
    for _ in range(64):
        client.feed(b"x" * 65536)
    assert client.held() < 65536


@session_like
async def test_no_event_loop_is_asked_for_behind_the_callers_back(
    kind: Any, pbx: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise RuntimeError("There is no current event loop")  # as CPython 3.14 says

    monkeypatch.setattr(asyncio, "get_event_loop", gone)
    client = kind(pbx.port)
    await client.start()
    await client.stop()


@session_like
async def test_a_header_without_a_value_is_there(client: Any) -> None:
    client.feed(block("Event: Hangup", "Cause:").encode())
    assert client.value(await first(client, "Hangup"), "Cause") == ""


@session_like
async def test_a_header_named_result_is_left_as_it_came(client: Any) -> None:
    client.feed(event("AGIExecEnd", Result="100%25").encode())
    assert client.value(await first(client, "AGIExecEnd"), "Result") == "100%25"
