"""What people may do next. Each function offers what is possible now; one of all is chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Final

from tests.lab.line import BUSY, DECLINED, UNAVAILABLE, Line
from tests.lab.office import (
    ALICE_MOBILE,
    HOTLINE,
    MENU,
    PERSONAL,
    PROJECTS,
    RECEPTION,
    SALES,
    SERVICE,
)
from tests.walks.floor import End, Floor

Move = Callable[[], Awaitable[object]]
Offer = tuple[float, Move]  # how likely, beside the others
DIDS: Final = (SALES, SALES, SERVICE, SERVICE, MENU, HOTLINE, RECEPTION, PROJECTS, PERSONAL)
MOST_OUTSIDE: Final = 3  # legs; the phone of the outside world has four
FORWARDED_TO: Final = ("103", "202", "300", ALICE_MOBILE)


def clients_call(floor: Floor) -> Iterator[Offer]:
    """Nearly always when nobody is in a call, now and then beside another."""
    likely = 0.1 if any(client.legs for client in floor.clients) else 2.0
    taken = {end.line.number for end in floor.ends(*floor.outsiders)}
    for client in floor.clients:
        if client.number not in taken and floor.outside_legs() < MOST_OUTSIDE:
            yield likely, partial(_client_calls, floor, client, floor.dice.choice(DIDS))


async def _client_calls(floor: Floor, client: Line, did: str) -> None:
    before = len(floor.at.ami.events)
    floor.write(f"{client.number} calls {did}")
    leg = await client.calls(did)
    await floor.at.ami.event("Newchannel", since=before, CallerIDNum=client.number)
    floor.dialled.append((client.number, leg, did))


def phones_ring(floor: Floor) -> Iterator[Offer]:
    """Somebody takes the call, refuses it, sends it elsewhere, or lets it ring."""
    for end in floor.ends():
        if not end.leg.rings:
            continue
        line, who = end.line, end.line.number
        yield 4.0, partial(floor.does, f"{who} answers", line.answers)
        for code in (DECLINED, BUSY, UNAVAILABLE):
            yield 0.25, partial(floor.does, f"{who} refuses: {code}", partial(line.declines, code))
        yield 0.3, partial(floor.does, f"{who} lets it ring", line.stops_ringing)
        to = floor.dice.choice(FORWARDED_TO)
        if line in floor.agents and to != who:
            yield 0.3, partial(floor.does, f"{who} sends on: {to}", partial(line.forwards_to, to))


def clients_act(floor: Floor) -> Iterator[Offer]:
    """Whoever is outside hangs up, or presses a key in the menu."""
    for end in floor.ends(*floor.outsiders):
        if end.leg.talks or not end.leg.incoming:
            yield (0.3 if end.leg.talks else 0.06), partial(hangs_up, floor, end)
        did = next((did for _, leg, did in floor.dialled if leg is end.leg), "")
        if did == MENU and end.leg.talks and end not in floor.asked:
            yield 3.0, partial(_chooses, floor, end, floor.dice.choice("1120"))


async def _chooses(floor: Floor, end: End, key: str) -> None:
    floor.asked.add(end)
    await floor.does(f"{end} presses {key}", partial(end.line.presses, key, end.leg))


async def hangs_up(floor: Floor, end: End) -> None:
    """End this call."""
    await floor.does(f"{end} hangs up", partial(end.line.hangs_up, end.leg))


def idle_agents(floor: Floor) -> Iterator[Offer]:
    """Who talks with nobody calls, takes what rings elsewhere, or fetches who is parked."""
    rings = {end.line.number for end in floor.ends(*floor.agents) if end.leg.rings}
    for line in floor.agents:
        if any(end.free or end.leg.rings for end in floor.ends(line)) or len(line.legs) > 2:
            continue
        if not line.legs:
            yield 0.06, partial(calls, floor, line, whom(floor, line))
        for code in [f"*8{one}" for one in sorted(rings - {line.number})] + ["*8"] * bool(rings):
            yield 0.1, partial(_picks_up, floor, line, code)
        for place in floor.parked():
            fetches = partial(floor.at.fetches, line, place)
            yield 0.8, partial(floor.does, f"{line.number} fetches {place}", fetches)


async def _picks_up(floor: Floor, line: Line, code: str) -> None:
    await floor.does(f"{line.number} dials {code}", partial(line.calls, code))
    await floor.does("   and is in a call", line.is_answered)


def whom(floor: Floor, line: Line) -> str:
    """Whom an agent calls or sends somebody to."""
    colleagues = [one.number for one in floor.agents if one is not line]
    several = [floor.dice.choice(colleagues) for _ in range(5)] + ["600", "700", "710"]
    taken = {end.line.number for end in floor.ends(*floor.outsiders)}
    free = sorted({one.number for one in floor.outsiders} - taken)
    if floor.outside_legs() < MOST_OUTSIDE and free:
        several.append(floor.dice.choice(free))
    return floor.dice.choice(several)


async def calls(floor: Floor, line: Line, number: str) -> None:
    """Dial a colleague, a group, a queue, or somebody outside: a call of its own to a client."""
    before = len(floor.at.ami.events)
    floor.write(f"{line.number} calls {number}")
    await line.calls(number)
    await floor.at.ami.event("Newchannel", since=before, CallerIDNum=line.number)
    if is_outside(number):
        dialled = partial(floor.at.ami.event, "DialBegin", 3, before, DialString=f"{number}@trunk")
        rung = await floor.does(f"   and {number} is dialled", dialled)
        (floor.sure if rung else floor.perhaps).append(number)


def is_outside(number: str) -> bool:
    """Whether nobody of the company is reached there."""
    return number.startswith("+") and number != ALICE_MOBILE


ALWAYS: Final = (clients_call, phones_ring, clients_act, idle_agents)
