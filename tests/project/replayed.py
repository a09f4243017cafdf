"""`python -m tests.project.replayed`: what the program that runs makes of every recorded call, over
AMI, over ARI, and where it hears of the call in its middle only; a line each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from bridge.ami.replay import call_events
from bridge.ari.recorded import pbx_events
from bridge.domain.call_events import CallEvent, CallFinished
from bridge.observe.build import build
from tests.ari.record import NAME
from tests.tracker.recorded import CALLS, Recorded, all_recorded


def replayed(call: Recorded) -> Iterator[str]:
    whole, told = call.capture(), CALLS / call.name / NAME
    late = whole[whole.find(b"\r\n\r\n", len(whole) // 2) + 4 :]
    directory, region = call.directory(), call.region
    streams = {
        "whole": call_events([whole], directory, region=region),
        "late": call_events([late], directory, region=region),
    }
    if told.exists():
        read = [told.read_bytes()]
        streams["ari"] = call_events(read, directory, region=region, read=pbx_events)
    for name, events in streams.items():
        yield from (f"{call.name} {name}: {_line(event)}" for event in events)


def _line(event: CallEvent) -> str:
    record = str(event.record.to_json()) if isinstance(event, CallFinished) else ""
    return f"{event!r} {record}"


if __name__ == "__main__":
    print(build())
    print("\n".join(chain.from_iterable(map(replayed, all_recorded()))))
