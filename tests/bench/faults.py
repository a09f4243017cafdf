"""One fault in a recorded call, at every position: what becomes of the responsible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from bridge.domain.pbx_events import PbxEvent
from tests.bench.table import Row
from tests.tracker.faults import Tally, faulty, gapped, started_late, tally
from tests.tracker.recorded import Recorded, all_recorded

KINDS: Final = {
    "drop": "an event lost",
    "repeat": "an event twice",
    "swap": "two neighbours swapped",
    "late": "a capture that begins late",
    "start": "connected late",
    "gap1": "link lost for 1 event",
    "gap4": "link lost for 4 events",
    "gap12": "link lost for 12 events",
}


def faults() -> Iterator[tuple[str, list[Row]]]:
    """All recorded calls with all faults; `named`: the right responsible, of those to be named."""
    told: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    recorded = all_recorded()
    for call in recorded:
        for kind, result in _faults_of(call):
            told[kind] += _counted(result)
    total = sum(told.values(), Counter[str]())
    yield (
        f"One fault at every position of {len(recorded)} recorded calls",
        [
            *(_share(KINDS[kind], count) for kind, count in told.items()),
            _share("all together", total),
            Row("connected late, weighed by the clock", f"{_by_the_clock(recorded):.2%}"),
            *(Row(what, f"{total[what]}", "0", not total[what]) for what in NEVER),
        ],
    )


def _by_the_clock(recorded: list[Recorded]) -> float:
    """Of the time that the calls took: that in which a daemon may start and names the right one."""
    took = named = 0.0
    for call in recorded:
        events, directory = call.events(), call.directory()
        for now, after, late in zip(events, events[1:], started_late(events), strict=False):
            if now.at is not None and after.at is not None:
                told = tally(call.name, events, directory, call.region, [late])
                seconds = (after.at - now.at).total_seconds()
                took, named = took + seconds * told.of, named + seconds * told.named
    return named / took


NEVER: Final = ("wrong responsible", "exceptions", "state left over")


def _faults_of(call: Recorded) -> Iterator[tuple[str, Tally]]:
    events, directory = call.events(), call.directory()
    streams: dict[str, list[tuple[str, list[PbxEvent]]]] = {kind: [] for kind in KINDS}
    for name, stream in (*faulty(events), *started_late(events), *gapped(events)):
        streams[name.partition("@")[0]].append((name, stream))
    for kind, faulted in streams.items():
        yield kind, tally(call.name, events, directory, call.region, faulted)


def _counted(result: Tally) -> Counter[str]:
    ill = dict(zip(NEVER, map(len, (result.wrong, result.raised, result.left)), strict=True))
    return Counter({"runs": result.runs, "of": result.of, "named": result.named, **ill})


def _share(what: str, count: Counter[str]) -> Row:
    named = count["named"] / count["of"] if count["of"] else 1.0
    return Row(f"{what}: {count['runs']:,} runs, still names the right one", f"{named:.2%}")
