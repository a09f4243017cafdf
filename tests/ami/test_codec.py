"""Bytes in, frames out: however the stream is cut, and whatever is in it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ami.codec import Frame, Framer
from bridge.link.damage import Damage

STREAM = (
    b"Asterisk Call Manager/11.0.0\r\n"
    b"Response: Success\r\nActionID: 1\r\n\r\n"
    b"Event: Newchannel\r\nUniqueid: 1.1\r\nCallerIDName: \xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\r\n\r\n"
    b"Event: VarSet\r\nVariable: X\r\nValue: 1\r\n\r\n"
    b"\x00\xff noise \r\n\r\n"
    b"Event: Hangup\r\nUniqueid: 1.1\r\nCause:\r\n\r\n"
    b"Event: Hangup\r\nUniq"
)


def framed(*chunks: bytes) -> list[Frame | Damage]:
    framer = Framer({"Newchannel", "Hangup"})
    found = [item for chunk in chunks for item in framer.feed(chunk)]
    return [*found, *framer.close()]


def test_only_the_wanted_kinds_and_responses_come_out() -> None:
    frames = [item.kind for item in framed(STREAM) if isinstance(item, Frame)]
    assert frames == ["", "Newchannel", "Hangup"]


@pytest.mark.parametrize("kinds", [None, {"BridgeLinkLost"}])
def test_an_event_may_have_no_header_but_its_name(kinds: set[str] | None) -> None:
    (frame,) = Framer(kinds).feed(b"Event: BridgeLinkLost\r\n\r\n")
    assert isinstance(frame, Frame)
    assert frame.kind == "BridgeLinkLost"


def test_a_header_without_a_value_is_there_and_empty() -> None:
    assert framed(STREAM)[3].text.endswith("Cause:\r\n")  # type: ignore[union-attr]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_the_same_frames_come_out_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[start:stop] for start, stop in pairwise(edges)]
    assert framed(*chunks) == framed(STREAM)


def test_damage_is_told_with_the_offset_of_its_first_byte() -> None:
    damage = [item.offset for item in framed(STREAM) if isinstance(item, Damage)]
    assert damage == [STREAM.index(b"\x00"), STREAM.rindex(b"Event: Hangup")]


def test_two_messages_run_into_each_other_are_damage_never_half_a_frame() -> None:
    (item,) = framed(b"Event: Hangup\r\nUni\r\nEvent: Hangup\r\nUniqueid: 2\r\n\r\n")
    assert isinstance(item, Damage)


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        (b"Variable: MIXMONITOR_FILENAME", True),
        (b"Variable: MIXMONITOR_FILENAME_2", False),
        (b"Value: x\nVariable: BRIDGE_LABEL", False),
        (b"Value: BRIDGE_LABEL", False),
    ],
)
def test_of_a_chatty_kind_only_the_telling_messages_are_read(line: bytes, taken: bool) -> None:
    framer = Framer({"VarSet"}, {"VarSet": ("Variable", ["MIXMONITOR_FILENAME", "BRIDGE_LABEL"])})
    frames = list(framer.feed(b"Event: VarSet\r\nA: b\r\n" + line + b"\r\nC: d\r\n\r\n"))
    assert bool(frames) == taken


@pytest.mark.parametrize(
    ("before", "kind", "count"),
    [
        (b"", b"VarSet", 1),
        (b"\r\n", b"VarSet", 1),  # one empty line too many
        (b"\r\n\r\n", b"VarSet", 1),
        (b"", b"UserEvent", 0),
    ],
)
def test_a_telling_line_is_told_once_and_of_its_own_kind_only(
    before: bytes, kind: bytes, count: int
) -> None:
    framer = Framer({"VarSet", "Hangup"}, {"VarSet": ("Variable", ["BRIDGE_LABEL"])})
    telling = b"Event: %s\r\nVariable: BRIDGE_LABEL\r\nVariable: BRIDGE_LABEL\r\n\r\n" % kind
    found = framer.feed(b"Event: Newexten\r\n\r\n" + before + telling)
    assert [type(item) for item in found].count(Frame) == count


def test_fifty_megabytes_without_an_end_are_one_damage_and_the_next_frame_is_read() -> None:
    framer = Framer({"Hangup"})
    flood = [item for _ in range(800) for item in framer.feed(b"x" * 65536)]
    after = list(framer.feed(b"\r\n\r\nEvent: Hangup\r\nUniqueid: 1\r\n\r\n"))
    assert [type(item) for item in flood + after] == [Damage, Frame]
    assert [item.offset for item in flood + after] == [0, 800 * 65536 + 4]


@given(st.binary(max_size=400))
def test_no_bytes_raise(noise: bytes) -> None:
    for item in framed(noise):
        assert item.offset >= 0
