"""The records of a walk against what its people heard."""

from __future__ import annotations

from collections import Counter
from typing import Final

from bridge.ami.replay import pbx_events
from bridge.domain.call_events import CallFinished
from bridge.domain.directory import Agent, Directory
from bridge.domain.record import CallRecord, Direction, Segment
from bridge.tracker.tracker import Tracker
from tests.lab.office import ALICE_MOBILE
from tests.lab.phones import Leg
from tests.walks.floor import Floor
from tests.walks.hearing import Ears, Talk, open_for

AGENTS = (Agent(extension="101", mobiles=(ALICE_MOBILE,)),)
REVIEW: Final = "REVIEW"  # a doubt that need not be: less than a fault
SHORT = 0.7  # seconds: so short a stay beside the client may not be heard
TOGETHER = 0.6  # seconds: who of two left last is not heard


def name(voice: str) -> str:
    return "101" if voice == ALICE_MOBILE else voice


def is_agent(voice: str) -> bool:
    return not name(voice).startswith("+")


def tracked(capture: bytes, trunks: tuple[str, ...]) -> tuple[list[CallRecord], list[str]]:
    """The records, and what is left once everybody has hung up."""
    tracker = Tracker("pbx", Directory(AGENTS, trunks=trunks))
    damages: list[str] = []
    told = []
    for event in pbx_events([capture], lambda damage: damages.append(str(damage))):
        told += tracker.handle(event)
    left = damages
    if not tracker.is_empty:
        world = tracker.world
        left.append(
            f"left: {[c.name for c in world.channels.values()]} bridges {list(world.bridges)}"
            f" calls {list(world.calls)} halves {list(world.halves)}"
        )
    told += tracker.finish()
    return [one.record for one in told if isinstance(one, CallFinished)], left


def differences(floor: Floor, ears: Ears, capture: bytes) -> tuple[list[str], list[CallRecord]]:
    """Where the records differ from what was heard."""
    records, found = tracked(capture, floor.at.trunks)
    inbound = [one for one in records if one.direction is Direction.INBOUND]
    for number in {number for number, _, _ in floor.dialled}:
        legs = [leg for who, leg, _ in floor.dialled if who == number]
        mine = sorted(
            (one for one in inbound if one.client.number == number),
            key=lambda one: str(one.started_at),
        )
        if len(mine) != len(legs):
            found.append(f"COUNT {number}: {len(legs)} calls, {len(mine)} records")
            continue
        for leg, record in zip(legs, mine, strict=True):
            found += [f"{number}: {one}" for one in _judged(floor, ears, [leg], record)]
    found += _outbound(floor, [one for one in records if one.direction is Direction.OUTBOUND], ears)
    unknown = [one for one in inbound if one.client.number not in {n for n, _, _ in floor.dialled}]
    found += [f"COUNT record of {one.client.number}, who did not call" for one in unknown]
    return found, records


def _outbound(floor: Floor, records: list[CallRecord], ears: Ears) -> list[str]:
    sure, perhaps = Counter(floor.sure), Counter(floor.perhaps)
    told = Counter(str(one.client.number) for one in records)
    found = [
        f"COUNT out {number}: {told[number]} records, called {sure[number]} (+{perhaps[number]})"
        for number in sure | perhaps | told
        if not sure[number] <= told[number] <= sure[number] + perhaps[number]
    ]
    for number in told:
        legs = [leg for leg in floor.rung_outside() if leg.user == number]
        mine = sorted(
            (one for one in records if one.client.number == number),
            key=lambda one: str(one.started_at),
        )
        if len(mine) == 1:
            found += [f"out {number}: {one}" for one in _judged(floor, ears, legs, mine[0])]
        elif len(legs) == len(mine):
            for leg, record in zip(legs, mine, strict=True):
                found += [f"out {number}: {one}" for one in _judged(floor, ears, [leg], record)]
    return found


def _judged(floor: Floor, ears: Ears, legs: list[Leg], record: CallRecord) -> list[str]:
    talks = sorted((talk for leg in legs for talk in ears.talks(leg)), key=lambda talk: talk.end)
    agents = [talk for talk in talks if is_agent(talk.voice)]
    found = []
    if record.needs_review:
        found.append(f"{REVIEW} {record.oddities}")
    else:
        found += _responsible(floor, agents, record)
    heard = {name(talk.voice) for talk in agents}
    for agent in sorted(heard - set(record.answered_by)):
        found.append(f"MISSING {agent} talked, record has {record.answered_by}")
    for segment in record.segments:
        if segment.agent not in heard and _long(floor, segment) and is_agent(segment.agent):
            found.append(f"EXTRA {segment.agent} for {segment.seconds} s was not heard")
    answered = record.disposition is not None and record.disposition.value == "answered"
    if talks and not answered and not record.needs_review:
        found.append(f"DISPOSITION {record.disposition}, but {[t.voice for t in talks]} talked")
    if not talks and answered and _some_long(floor, record):
        found.append("DISPOSITION answered, but nobody talked")
    return found


def _some_long(floor: Floor, record: CallRecord) -> bool:
    return any(_long(floor, segment) for segment in record.segments)


def _long(floor: Floor, segment: Segment) -> bool:
    """Whether it must have been heard: long enough, and not all of it on hold."""
    if segment.from_ is None or segment.to is None:
        return True
    begin, end = segment.from_.timestamp(), segment.to.timestamp()
    return open_for(floor.at, segment.agent, begin, end) > SHORT


def _responsible(floor: Floor, agents: list[Talk], record: CallRecord) -> list[str]:
    if not agents:
        nobody = not record.answered_by or not _some_long(floor, record)
        return [] if nobody else [f"NOBODY was heard, responsible {record.responsible}"]
    last = agents[-1]
    late = {name(talk.voice) for talk in agents if last.end - talk.end < TOGETHER}
    if record.responsible in late or any(not _long(floor, s) for s in record.segments[-1:]):
        return []
    if record.responsible in _beside(record, name(last.voice)):
        return []
    return [f"RESPONSIBLE {record.responsible}, heard last: {name(last.voice)}"]


def _beside(record: CallRecord, agent: str) -> set[str]:
    """Who was in one conversation with this one: which of them was silent at its end, is not
    heard."""
    spans = [(s.agent, s.from_, s.to) for s in record.segments if s.from_ and s.to]
    his = [(begin, end) for who, begin, end in spans if who == agent]
    return {
        who
        for who, begin, end in spans
        if any(begin < until and since < end for since, until in his)
    }
