"""Seconds of talk and of hold. Several agents at once count once; hold counts inside talk."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.tracker.call import Call
from bridge.tracker.conversation import Spoken
from bridge.tracker.talk import Stretch
from bridge.tracker.world import Channel

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
    """Seconds in which any of them lasted; None where one has no time."""
    merged = spans(stretches)
    return None if merged is None else _total(merged)


def held(call: Call, spoken: list[Spoken]) -> float | None:
    """Seconds of talk in which the client or an agent had the other on hold. An agent's hold
    counts in his own talk only: who transfers a client never takes him off hold."""
    found: list[Span] = []
    for share in spoken:
        begin, end = share.stretch.begin.at, share.stretch.end.at
        if begin is None or end is None:
            return None
        for channel in (*call.clients, share.stretch.party):
            if channel.holds:
                found += _inside(channel, begin, end)
    return _total(_merged(found)) if found else 0.0


def _total(found: list[Span]) -> float:
    """Whole microseconds are added: floats come to sums that differ from build to build."""
    if len(found) == 1:
        ((begin, end),) = found
        return (end - begin).total_seconds()
    return sum((end - begin for begin, end in found), timedelta()).total_seconds()


def _inside(channel: Channel, begin: datetime, end: datetime) -> list[Span]:
    """The channel's holds, as far as they lie within this talk."""
    found = []
    for began, over in channel.holds:
        on = max(begin, began.at) if began.at is not None else end
        off = min(end, over.at) if over is not None and over.at is not None else end
        if on < off:
            found.append((on, off))
    return found


def overlap(talk: float, hold: float | None) -> float:
    """Hold cannot last longer than the talk that it counts in."""
    return 0.0 if hold is None else min(talk, hold)


def _merged(found: list[Span]) -> list[Span]:
    if len(found) < 2:
        return found
    merged: list[Span] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
