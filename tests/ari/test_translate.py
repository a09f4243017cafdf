"""ARI events as facts about calls; what is no event costs nothing but itself."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.ari.message import body, message, word
from bridge.ari.recorded import ARI, heard, pbx_events, written
from bridge.ari.translate import tells, translate
from bridge.domain.pbx_events import (
    AppStarted,
    BridgeEntered,
    BridgeKind,
    BridgeLeft,
    ChannelSnapshot,
    DialBegan,
    DialEnded,
    DialStatus,
    HangupRequested,
    LinkLost,
    Parked,
    PbxStarted,
    QueueJoined,
    QueueLeft,
    RecordingNamed,
    SnapshotTaken,
    Unparked,
    VariableSet,
)
from bridge.link.damage import Malformed
from bridge.link.inbox import Marker
from tests.ari.fake import channel, event

IN_QUEUE = {"app_name": "Queue", "app_data": "service,tk,,,300"}


def told(kind: str, **fields: Any) -> list[type]:
    return [type(one) for one in translate(message(event(kind, **fields)))]


@pytest.mark.parametrize(
    ("kind", "fields", "facts"),
    [
        ("Dial", {"caller": channel(), "peer": channel("1.2")}, [QueueLeft, DialBegan]),
        ("Dial", {"peer": channel("1.2")}, [DialBegan]),
        ("Dial", {"peer": channel("1.2"), "dialstatus": "RINGING"}, []),
        ("Dial", {"peer": channel("1.2"), "dialstatus": "BUSY"}, [DialEnded]),
        (
            "Dial",
            {"caller": channel(dialplan=IN_QUEUE), "peer": channel("1.2")},
            [QueueJoined, DialBegan],
        ),
        (
            "ChannelVarset",
            {"channel": channel(dialplan=IN_QUEUE), "variable": "ABANDONED", "value": "TRUE"},
            [QueueJoined, QueueLeft],
        ),
        (
            "ChannelVarset",
            {"channel": channel(dialplan=IN_QUEUE), "variable": "QUEUESTATUS", "value": "FULL"},
            [],
        ),
        ("ChannelVarset", {"variable": "BRIDGE_LABEL", "value": "x"}, []),
        ("ChannelVarset", {"channel": channel(), "variable": "FOO", "value": "x"}, []),
        (
            "ChannelVarset",
            {"channel": channel(), "variable": "BRIDGE_RATING", "value": "4"},
            [VariableSet],
        ),
        (
            "ChannelVarset",
            {"channel": channel(), "variable": "MIXMONITOR_FILENAME", "value": "/a.wav"},
            [RecordingNamed],
        ),
        (
            "ChannelEnteredBridge",
            {"channel": channel(), "bridge": {"id": "b", "bridge_class": "parking"}},
            [BridgeEntered, Parked],
        ),
        (
            "ChannelLeftBridge",
            {"channel": channel(), "bridge": {"id": "b", "bridge_class": "parking"}},
            [BridgeLeft],
        ),
        ("ChannelDialplan", {"channel": channel(), "dialplan_app": "ParkedCall"}, [Unparked]),
        ("ChannelDialplan", {"channel": channel(), "dialplan_app": "VoiceMail"}, [AppStarted]),
        ("ChannelDialplan", {"channel": channel(), "dialplan_app": "Set"}, []),
        ("ChannelHangupRequest", {"channel": channel(), "soft": True}, [HangupRequested]),
        ("PlaybackStarted", {}, []),
    ],
)
def test_one_event_tells_so_much(kind: str, fields: dict[str, Any], facts: list[type]) -> None:
    assert told(kind, **fields) == facts


def test_a_dial_names_its_end_and_a_bridge_its_members() -> None:
    [ended] = translate(message(event("Dial", peer=channel("1.2"), dialstatus="SOMETHING")))
    bridge = {"id": "b", "technology": "holding_bridge", "channels": ["1.1", "1.2"]}
    [entered] = translate(message(event("ChannelEnteredBridge", channel=channel(), bridge=bridge)))
    assert isinstance(ended, DialEnded)
    assert isinstance(entered, BridgeEntered)
    assert ended.status is DialStatus.OTHER
    assert (entered.kind, entered.members) == (BridgeKind.HOLDING, 2)


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"ChannelCreated"}',
        '{"type":"ChannelCreated","channel":{"id":"1.1"}}',
        '{"type":"ChannelEnteredBridge","channel":{"id":"1.1","name":"a"},"bridge":{}}',
        '{"type":"ChannelCreated","channel":',
        '["type":"ChannelCreated"]',
    ],
)
def test_a_message_without_what_it_must_have_is_damage(text: str) -> None:
    with pytest.raises(Malformed):
        translate(message(text))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = ("channel", "bridge", "peer", "caller", "variable", "value", "cause", "timestamp", "soft")


@pytest.mark.parametrize(
    ("written", "read"), [(r"A\ud83d\ude00", "A\U0001f600"), (r"A\ud800B", "A?B"), (r"\uDC00", "?")]
)
def test_half_a_character_in_a_name_reaches_no_crm(written: str, read: str) -> None:
    assert word(body(f'{{"name": "{written}"}}'), "name") == read


@settings(max_examples=150)
@given(
    kind=st.sampled_from(
        [
            "ChannelCreated",
            "Dial",
            "ChannelVarset",
            "ChannelEnteredBridge",
            "BridgeAttendedTransfer",
        ]
    ),
    fields=st.dictionaries(st.sampled_from(NAMES), json_values),
    cut=st.integers(0, 400),
)
def test_nothing_that_a_peer_sends_raises_anything_but_malformed(
    kind: str, fields: dict[str, Any], cut: int
) -> None:
    text = json.dumps({"type": kind, "variable": "BRIDGE_LABEL", **fields})
    for one in (text, text[:cut]):
        tells(message(one))
        with suppress(Malformed):
            heard(message(one))


CHANNEL = ChannelSnapshot("1.1", "PJSIP/trunk-1", "1.1", 6, "+79161234561", "", "101", "in", "s")
WAITING = ChannelSnapshot("1.2", "PJSIP/trunk-2", "1.2", 6)
AT = None


@pytest.mark.parametrize(
    "marker",
    [
        LinkLost(None),
        PbxStarted(None, None),
        SnapshotTaken(
            AT,
            (CHANNEL, WAITING),
            (BridgeEntered(AT, CHANNEL, "b", BridgeKind.HOLDING),),
            (QueueJoined(AT, WAITING, "service"),),
        ),
    ],
)
def test_a_marker_is_read_from_a_journal_as_it_was_written(marker: Marker) -> None:
    kept = written(marker).encode()
    assert kept.endswith(ARI.end)
    assert list(pbx_events([kept[:7], kept[7:]], lambda damage: None)) == [marker]


def test_a_journal_names_the_channels_of_each_line() -> None:
    line = event("Dial", caller=channel("7.1"), peer=channel("pbx-7.2"), asterisk_id="no")
    assert set(ARI.channels.findall(line.encode())) == {b"7.1", b"pbx-7.2"}


def test_a_line_that_is_cut_off_or_damaged_spoils_none_after_it() -> None:
    good = event("ChannelCreated", channel=channel())
    found: list[int] = []
    lines = [f"{good}\n", "no JSON of any kind\n", f"{good[:50]}\n", f"{good}\n", good[:-1]]
    begins = [*accumulate(map(len, lines), initial=0)]
    stream = "".join(lines).encode()
    events = list(pbx_events([stream], lambda damage: found.append(damage.offset)))
    assert len(events) == 2
    assert found == [begins[1], begins[2], begins[4]]
