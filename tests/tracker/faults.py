"""A recorded call with one fault: an event lost, repeated, swapped with the next, or the
connection made late. What may come of it: never a wrong name, never an exception, nothing left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.domain.call_events import CallFinished
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import LinkLost, PbxEvent
from bridge.domain.record import CallRecord, Direction
from bridge.tracker.tracker import Tracker
from tests.tracker.lists import snapshots

A_DAY = timedelta(days=1)


@dataclass(slots=True)
class Tally:
    """`named`: answered calls whose right responsible was named, of `of`."""

    runs: int = 0
    of: int = 0
    named: int = 0
    wrong: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)


def faulty(events: Sequence[PbxEvent]) -> Iterator[tuple[str, list[PbxEvent]]]:
    """Every single fault at every position."""
    for i in range(len(events)):
        head, tail = list(events[:i]), list(events[i + 1 :])
        yield f"drop@{i}", head + tail
        yield f"repeat@{i}", [*head, events[i], events[i], *tail]
        if tail:
            yield f"swap@{i}", [*head, tail[0], events[i], *tail[1:]]
        if i:
            yield f"late@{i}", [events[i], *tail]


def lost_in_pairs(events: Sequence[PbxEvent]) -> Iterator[tuple[str, list[PbxEvent]]]:
    """Every event lost together with one that follows it closely."""
    for i in range(len(events)):
        for j in (i + 2 - i % 2, i + 4 - i % 2):
            if j < len(events):
                yield f"pair@{i}", [*events[:i], *events[i + 1 : j], *events[j + 1 :]]


def gapped(events: Sequence[PbxEvent]) -> Iterator[tuple[str, list[PbxEvent]]]:
    """The link lost at every position for a few events, then a snapshot of what there is."""
    shown = snapshots(events)
    for width in (1, 4, 12):
        for i in range(len(events) - width):
            back = i + width
            lost = LinkLost(shown[back - 1].at)
            yield f"gap{width}@{i}", [*events[:i], lost, shown[back - 1], *events[back:]]


def started_late(events: Sequence[PbxEvent]) -> Iterator[tuple[str, list[PbxEvent]]]:
    """A daemon that starts in the middle of the call: a snapshot, then the rest."""
    for i, shown in enumerate(snapshots(events)[:-1], 1):
        yield f"start@{i}", [LinkLost(shown.at), shown, *events[i:]]


def run(events: Sequence[PbxEvent], directory: Directory, region: str = "RU") -> list[CallRecord]:
    """The records; raises AssertionError when state is left a day after the last event."""
    tracker = Tracker("pbx", directory, region)
    out = [found for event in events for found in tracker.handle(event)]
    at = next((event.at for event in reversed(events) if event.at is not None), None)
    if at is not None:
        out += tracker.advance(at + A_DAY)
        assert tracker.is_empty, "state is left a day after the last event"
    out += tracker.finish()
    assert tracker.is_empty, "state is left at the end"
    return [found.record for found in out if isinstance(found, CallFinished)]


def tally(
    name: str,
    events: Sequence[PbxEvent],
    directory: Directory,
    region: str = "RU",
    faults: Iterable[tuple[str, list[PbxEvent]]] | None = None,
) -> Tally:
    """All faults of one recorded call, judged by its own record without a fault."""
    truth = _told(run(events, directory, region))
    result = Tally()
    for fault, stream in faulty(events) if faults is None else faults:
        result.runs += 1
        where = f"{name}:{fault}"
        try:
            got = _told(run(stream, directory, region))
        except AssertionError as error:
            result.left.append(f"{where}: {error}")
            continue
        except Exception as error:
            result.raised.append(f"{where}: {error!r}")
            continue
        _judge(where, truth, got, result)
    return result


def _told(records: Sequence[CallRecord]) -> dict[str, CallRecord]:
    return {r.call_id: r for r in records if r.direction is not Direction.INTERNAL}


def _judge(
    where: str, truth: dict[str, CallRecord], got: dict[str, CallRecord], result: Tally
) -> None:
    for call_id, record in got.items():
        person = record.responsible
        if person is not None and person not in _right(record, truth):
            result.wrong.append(f"{where}: {call_id} {person}")
    for call_id, record in truth.items():
        if record.responsible is not None:
            named = call_id in got and got[call_id].responsible == record.responsible
            result.of += 1
            result.named += named
            result.missing[where.rpartition(":")[2].partition("@")[0]] += not named


def _right(record: CallRecord, truth: dict[str, CallRecord]) -> set[str | None]:
    """A lost event may give a call another id, but then its person must be that client's."""
    if record.call_id in truth:
        return {truth[record.call_id].responsible}
    client = record.client.raw
    return {told.responsible for told in truth.values() if client in (None, told.client.raw)}
