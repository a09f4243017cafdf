"""Frames to PbxEvents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.ami.codec import Frame, Framer
from bridge.ami.translate import KINDS, TELLING, moment, translate
from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeKind,
    ChannelEnded,
    DialEnded,
    DialStatus,
    VariableSet,
)
from bridge.link.damage import Malformed
from tests.tracker.recorded import all_recorded


def frame(kind: str, **headers: str) -> Frame:
    lines = "".join(f"\r\n{name}: {value}" for name, value in headers.items())
    return Frame(kind, f"\r\nEvent: {kind}{lines}\r\n", 0)


def test_headers_in_any_order_are_read() -> None:
    event = translate(frame("Hangup", Cause="17", Uniqueid="1.1", Channel="PJSIP/101-1"))
    assert isinstance(event, ChannelEnded)
    assert (event.channel.uniqueid, event.channel.name, event.cause) == ("1.1", "PJSIP/101-1", 17)


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("Hangup", {"Channel": "PJSIP/101-1"}),
        ("BridgeEnter", {"Uniqueid": "1.1"}),
        ("DialBegin", {"Uniqueid": "1.1"}),
        ("Rename", {"Uniqueid": "1.1"}),
    ],
)
def test_without_what_its_kind_must_have_a_frame_is_malformed(
    kind: str, headers: dict[str, str]
) -> None:
    with pytest.raises(Malformed):
        translate(frame(kind, **headers))


def test_a_caller_name_with_a_line_break_cannot_name_another_channel() -> None:
    smuggled = frame("Hangup", Channel="x", CallerIDName="a\r\nUniqueid: 9.9", Uniqueid="1.1")
    with pytest.raises(Malformed):
        translate(smuggled)


def test_a_variable_says_what_the_dialplan_set_without_asterisks_escapes() -> None:
    event = translate(
        frame("VarSet", Uniqueid="1.1", Variable="BRIDGE_LABEL", Value=r"owner\'s \"a\\b\"")
    )
    assert isinstance(event, VariableSet)
    assert event.value == 'owner\'s "a\\b"'


@pytest.mark.parametrize("value", ["", "-5", "x", "1e999", "nan", "9" * 40])
def test_a_count_that_is_no_count_is_none(value: str) -> None:
    event = translate(
        frame("BridgeEnter", BridgeUniqueid="b", BridgeNumChannels=value, Uniqueid="1")
    )
    assert isinstance(event, BridgeEntered)
    assert event.members is None


@pytest.mark.parametrize("value", ["", "x", "nan", "inf", "-1e30", "9" * 40])
def test_a_time_that_is_no_time_is_none(value: str) -> None:
    assert moment(frame("Hangup", Timestamp=value)) is None


def test_the_time_is_read_to_the_microsecond() -> None:
    read = moment(frame("Hangup", Timestamp="1795296470.699790"))
    assert read == datetime(2026, 11, 21, 21, 27, 50, 699790, tzinfo=UTC)


def test_a_holding_bridge_is_no_conversation() -> None:
    event = translate(
        frame("BridgeEnter", BridgeUniqueid="b", BridgeTechnology="holding_bridge", Uniqueid="1")
    )
    assert isinstance(event, BridgeEntered)
    assert event.kind is BridgeKind.HOLDING


def test_an_unheard_of_dial_status_is_other() -> None:
    event = translate(frame("DialEnd", DestUniqueid="1", DialStatus="TORTURE"))
    assert isinstance(event, DialEnded)
    assert event.status is DialStatus.OTHER


def test_what_is_read_fast_is_what_the_headers_say() -> None:
    """Both ways of reading a channel, over everything that a real Asterisk sent."""
    shuffled = 0
    for call in all_recorded()[::10]:
        for item in Framer(KINDS, TELLING).feed(call.capture()):
            assert isinstance(item, Frame)
            if item.kind in KINDS:
                first, *rest = item.text.strip("\r\n").split("\r\n")
                backwards = "\r\n".join([first, *reversed(rest)])
                assert translate(replace(item, text=f"\r\n{backwards}\r\n")) == translate(item)
                shuffled += 1
    assert shuffled > 1000
