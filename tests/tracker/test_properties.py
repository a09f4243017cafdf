"""Whatever calls are made up and however they interleave, the promises of the record hold."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.call_events import CallFinished
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import PbxEvent
from bridge.domain.record import CallRecord
from bridge.tracker.tracker import Tracker
from tests.tracker.imagined import ImaginedCall, timed

TRUNKS = ["PJSIP/trunk-*"]
EXTENSIONS = st.sampled_from(["101", "102", "103", "201"])
CALLS = st.lists(
    st.tuples(st.lists(EXTENSIONS, max_size=4), st.booleans()), min_size=1, max_size=8
).map(lambda rows: [ImaginedCall(n, talkers, out) for n, (talkers, out) in enumerate(rows)])


def interleaved(calls: list[ImaginedCall], seed: int) -> list[PbxEvent]:
    """One stream in which each call keeps its own order."""
    waiting = [iter(call.tell()) for call in calls]
    chance, stream = random.Random(seed), list[PbxEvent]()
    while waiting:
        source = chance.choice(waiting)
        event = next(source, None)
        if event is None:
            waiting.remove(source)
        else:
            stream.append(event)
    return timed(stream)


def records(tracker: Tracker, stream: list[PbxEvent]) -> list[CallRecord]:
    out = [found for event in stream for found in tracker.handle(event)]
    return [found.record for found in out if isinstance(found, CallFinished)]


@given(CALLS, st.integers(0, 2**32))
@settings(max_examples=200)
def test_each_call_gives_one_record_with_its_own_last_talker(
    calls: list[ImaginedCall], seed: int
) -> None:
    tracker = Tracker("pbx", Directory(trunks=TRUNKS))
    made = records(tracker, interleaved(calls, seed))
    told = {f"pbx-{c.number}.{2}": last(c) for c in calls}
    assert {r.call_id: r.responsible for r in made} == told
    assert len(made) == len(calls)


def last(call: ImaginedCall) -> str | None:
    if call.outbound:
        return call.talkers[0] if call.talkers else "100"
    return call.talkers[-1] if call.talkers else None


@given(CALLS, st.integers(0, 2**32))
def test_no_time_is_negative_and_segments_lie_inside_the_call(
    calls: list[ImaginedCall], seed: int
) -> None:
    for record in records(Tracker("pbx", Directory(trunks=TRUNKS)), interleaved(calls, seed)):
        assert record.started_at is not None
        assert record.ended_at is not None
        edges = [record.started_at]
        for segment in record.segments:
            assert segment.from_ is not None
            assert segment.to is not None
            edges += [segment.from_, segment.to]
        assert edges == sorted(edges)
        assert edges[-1] <= record.ended_at


@given(CALLS, st.integers(0, 2**32))
def test_when_the_last_channel_has_ended_no_state_is_left(
    calls: list[ImaginedCall], seed: int
) -> None:
    tracker = Tracker("pbx", Directory(trunks=TRUNKS))
    records(tracker, interleaved(calls, seed))
    assert tracker.is_empty


@given(CALLS, st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_a_stream_in_any_order_raises_nothing_and_leaves_nothing(
    calls: list[ImaginedCall], seed: int, chance: random.Random
) -> None:
    stream = interleaved(calls, seed)
    chance.shuffle(stream)
    tracker = Tracker("pbx", Directory(trunks=TRUNKS))
    records(tracker, stream)
    tracker.finish()
    assert tracker.is_empty
