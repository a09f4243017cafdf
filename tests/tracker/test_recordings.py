"""Which recordings a record names: every file of every recorder on the call, each once."""

from __future__ import annotations

import pytest

from bridge.ami.replay import call_records
from bridge.domain.record import CallRecord, Direction
from bridge.tracker.mixmonitor import sides
from tests.tracker.recorded import Recorded, all_recorded

FREEPBX = [one for one in all_recorded() if one.name.startswith("freepbx_")]
# A consultation inside the company is in nobody's record, and so is its recording.
CONSULTED = ("attended_code",)


def records(one: Recorded, capture: bytes | None = None) -> list[CallRecord]:
    found = call_records([capture or one.capture()], one.directory(), region=one.region)
    return [record for record in found if record.direction is not Direction.INTERNAL]


def named(capture: bytes) -> list[str]:
    """The files that the PBX named, in order, each once."""
    frames = capture.decode("utf-8", "replace").split("\r\n\r\n")
    told = [dict(line.partition(": ")[::2] for line in frame.split("\r\n")) for frame in frames]
    paths = [each["Value"] for each in told if each.get("Variable") == "MIXMONITOR_FILENAME"]
    return list(dict.fromkeys(paths))


@pytest.mark.parametrize("one", FREEPBX, ids=lambda one: one.name)
def test_every_file_that_freepbx_names_is_in_the_record_once(one: Recorded) -> None:
    found = [item.pbx_path for record in records(one) for item in record.recordings]
    consulted = [path for path in named(one.capture()) if path not in found]
    assert len(found) == len(set(found))
    assert len(consulted) <= sum(word in one.name for word in CONSULTED)
    assert all("-101-" in path or "-102-" in path for path in consulted)


def recorded(name: str = "freepbx_in_ext_answered") -> Recorded:
    [one] = [one for one in FREEPBX if one.name == name]
    return one


def frame(capture: bytes, word: bytes) -> bytes:
    [found] = [one for one in capture.split(b"\r\n\r\n") if word in one]
    return found


def test_both_sides_apart_are_one_recording_of_two_files() -> None:
    capture = recorded().capture()
    start = frame(capture, b"Event: MixMonitorStart")
    arguments = b"a.wav,abr(/spool/in.wav)t(/spool/out.wav),"
    began = start.replace(b"Event: MixMonitorStart", b"Event: Newexten")
    began += b"\r\nApplication: MixMonitor\r\nAppData: " + arguments
    file = frame(capture, b"Variable: MIXMONITOR_FILENAME")
    capture = capture.replace(file, began + b"\r\n\r\n" + file)
    [record] = records(recorded(), capture)
    [recording] = record.recordings
    assert recording.sides == ("/spool/in.wav", "/spool/out.wav")


def test_a_recorder_that_is_paused_and_goes_on_in_its_file_is_one_recording() -> None:
    whole = recorded().capture()
    start = frame(whole, b"Event: MixMonitorStart")
    file = frame(whole, b"Variable: MIXMONITOR_FILENAME")
    stop = start.replace(b"MixMonitorStart", b"MixMonitorStop")
    paused = b"\r\n\r\n".join((start, stop, file, start))
    [before], [after] = (
        records(recorded(), capture) for capture in (whole, whole.replace(start, paused))
    )
    assert after.recordings == before.recordings


def test_a_recorder_that_goes_on_in_another_file_is_another_recording() -> None:
    whole = recorded().capture()
    start = frame(whole, b"Event: MixMonitorStart")
    file = frame(whole, b"Variable: MIXMONITOR_FILENAME")
    stop = start.replace(b"MixMonitorStart", b"MixMonitorStop")
    other = file.replace(b".wav", b"-2.wav")
    on = b"\r\n\r\n".join((start, stop, other, start))
    [record] = records(recorded(), whole.replace(start, on))
    first, second = record.recordings
    assert first.pbx_path is not None
    assert second.pbx_path == first.pbx_path.replace(".wav", "-2.wav")
    assert (first.to != record.ended_at, second.to) == (True, record.ended_at)


def test_after_a_transfer_the_second_file_begins_where_the_second_agent_does() -> None:
    [record] = records(recorded("freepbx_blind_refer"))
    first, second = record.recordings
    assert first.from_ is not None
    assert second.from_ is not None
    [_, talk] = record.segments
    assert talk.from_ is not None
    assert first.from_ < second.from_ <= talk.from_
    assert (first.to, second.to) == (record.ended_at, record.ended_at)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("a.wav", None),
        ("a.wav,b", None),
        ("a.wav,r(in.wav)", None),
        (",r(in.wav)t(out.wav)", "in.wav|out.wav"),
        ("a.wav,abi(ID)t(out.wav)r(in.wav)v(2)V(-1),post ^{x}", "in.wav|out.wav"),
        ("a.wav,r(in|x.wav)t(out.wav)", None),
        ("", None),
        (",r()t()", None),
    ],
)
def test_the_sides_are_read_from_the_arguments(arguments: str, expected: str | None) -> None:
    assert sides(arguments) == expected
