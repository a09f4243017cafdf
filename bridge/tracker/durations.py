"""Seconds of talk and of hold. Several agents at once count once; hold counts inside talk."""

from __future__ import annotations

from datetime import datetime

from bridge.tracker.call import Call
from bridge.tracker.conversation import Spoken
from bridge.tracker.talk import Stretch

Span = tuple[datetime, datetime]


def spans(stretches: list[Stretch]) -> list[Span] | None:
    """The stretches as times, merged; None where one has no time."""
    found: list[Span] = []
    for stretch in stretches:
        begin, end = stretch.begin.at, stretch.end.at
        if begin is None or end is None:
            return None
        if end > begin:
            found.append((begin, end))
    return _merged(found)


def union(stretches: list[Stretch]) -> float | None:
    merged = spans(stretches)
    return None if merged is None else sum((end - begin).total_seconds() for begin, end in merged)


def held(call: Call, spoken: list[Spoken]) -> float | None:
    """Seconds of talk in which the client or the agent had the other on hold."""
    talk = spans([s.stretch for s in spoken])
    if talk is None:
        return None
    channels = dict.fromkeys([*call.clients, *(s.stretch.party for s in spoken)])
    holds = [
        (begin.at, end.at if end else talk[-1][1])
        for channel in channels
        for begin, end in channel.holds
        if begin.at is not None and talk
    ]
    inside = [
        (max(begin, on), min(end, off))
        for begin, end in talk
        for on, off in holds
        if off is not None and max(begin, on) < min(end, off)
    ]
    return sum((end - begin).total_seconds() for begin, end in _merged(inside))


def overlap(talk: float, hold: float | None) -> float:
    return 0.0 if hold is None else min(talk, hold)


def _merged(found: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
