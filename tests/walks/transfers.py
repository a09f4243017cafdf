"""What whoever talks may do with the other one: hold him, ask a colleague, hand him over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.walks.floor import End, Floor
from tests.walks.moves import Offer, calls, hangs_up, is_outside, whom


def talking(floor: Floor) -> Iterator[Offer]:
    """Whoever has a call that is not on hold."""
    for end in floor.ends(*floor.agents):
        if not end.free:
            continue
        line, leg = end.line, end.leg
        yield 0.5, partial(hangs_up, floor, end)
        if len(line.legs) == 1:
            yield 0.3, partial(_holds, floor, end)
            yield 0.9, partial(_asks, floor, end)
        yield 0.6, partial(_sends, floor, end)
        yield 0.3, partial(_sends_by_keys, floor, end, "##")
        yield 0.5, partial(_sends_by_keys, floor, end, "*2")
        yield 0.15, partial(floor.does, f"{end} parks", partial(line.presses, "*7", leg))
        yield 0.15, partial(floor.does, f"{end} sends to 70", partial(line.transfers_to, "70", leg))
        if end in floor.asked:
            for keys in ("*1", "*3", "*4"):
                press = partial(line.presses, keys, leg)
                yield 0.4, partial(floor.does, f"{end} presses {keys}", press)


def holding(floor: Floor) -> Iterator[Offer]:
    """A call on hold is taken back, given up, or connected with the other one of this phone."""
    for end in floor.ends(*floor.agents):
        if not (end.leg.talks and end.leg.held):
            continue
        others = [
            one for one in floor.ends(end.line) if one.leg is not end.leg and not one.leg.rings
        ]
        if not any(one.free for one in others):
            resume = partial(end.line.resumes, end.leg)
            yield 0.8, partial(floor.does, f"{end} takes back", resume)
            yield 0.15, partial(hangs_up, floor, end)
            yield 0.4, partial(_asks, floor, end)
        for other in others:
            likely = 2.0 if other.leg.talks else 0.5
            yield likely, partial(_connects, floor, end, other)
            yield likely / 4, partial(_connects, floor, other, end)
            yield 0.5, partial(hangs_up, floor, other)


async def _holds(floor: Floor, end: End) -> bool:
    return await floor.does(f"{end} holds", partial(end.line.holds, end.leg))


async def _asks(floor: Floor, end: End) -> None:
    if end.leg.held or await _holds(floor, end):
        await calls(floor, end.line, whom(floor, end.line))


async def _connects(floor: Floor, one: End, other: End) -> None:
    if one.leg.talks and (other.leg.talks or not other.leg.incoming):
        connect = partial(one.line.connects, one.leg, other.leg)
        await floor.does(f"{one} connects with {other}", connect)


async def _sends(floor: Floor, end: End) -> None:
    number = whom(floor, end.line)
    _note(floor, number)
    send = partial(end.line.transfers_to, number, end.leg)
    await floor.does(f"{end} sends to {number}", send)


async def _sends_by_keys(floor: Floor, end: End, code: str) -> None:
    number = whom(floor, end.line)
    _note(floor, number)
    floor.asked.add(end)
    before = len(floor.at.ami.events)

    async def keys() -> None:
        await end.line.presses(code, end.leg)
        await floor.at.ami.event("MusicOnHoldStart", since=before, within=3)
        await end.line.presses(number.removeprefix("+"), end.leg)

    await floor.does(f"{end} presses {code} {number}", keys)


def _note(floor: Floor, number: str) -> None:
    """A call of its own, unless a client is sent there."""
    if is_outside(number):
        floor.perhaps.append(number)
