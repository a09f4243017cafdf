"""`/api/v1/route`: one line that a dialplan can take apart, whatever stands in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import unquote

import pytest
from aiohttp import ClientSession

from bridge.domain.routes import Asked, Decision, RouteStatus
from bridge.web.app import serving
from bridge.web.live import LiveBoard
from bridge.web.room import Room
from tests.web.conftest import Office


@dataclass
class Decides:
    """As told; keeps what it was asked."""

    decision: Decision
    asked: list[Asked] = field(default_factory=list)

    async def route(self, asked: Asked) -> Decision:
        self.asked.append(asked)
        return self.decision


async def line(room: Room, query: str) -> str:
    async with (
        serving(room) as address,
        ClientSession() as web,
        web.get(f"{address}/api/v1/route?{query}") as answer,
    ):
        assert (answer.status, answer.content_type) == (200, "text/plain")
        return await answer.text()


@pytest.mark.parametrize("name", ["Иванов", 'a,b"c', "x\r\ny", "100%", ""])
async def test_a_field_is_one_field(office: Office, name: str) -> None:
    decision = Decision(status=RouteStatus.OK, owner="101", dial="PJSIP/101", timeout=20, name=name)
    room = replace(office.room, routes=Decides(decision), live=LiveBoard())
    marker, *fields = (await line(room, "number=%2B79161234561")).split(",")
    told = [unquote(value) for value in fields]
    expected = ["OK", "101", "PJSIP/101", "20", name.replace("\r\n", " "), *[""] * 9]
    assert (marker, told) == ("BRIDGE", expected)


@pytest.mark.parametrize("count", [11, 500], ids=["a_skill", "too_many"])
async def test_phones_are_named_whole_and_none_is_cut(office: Office, count: int) -> None:
    phones = [f"PJSIP/{number}" for number in range(100, 100 + count)]
    decision = Decision(status=RouteStatus.OK, dial="&".join(phones), name="Ё" * 96)
    room = replace(office.room, routes=Decides(decision), live=LiveBoard())
    said = await line(room, "number=%2B79161234561")
    told = unquote(said.split(",")[3]).split("&")
    assert told == phones[: min(count, len(told))]
    assert len(told) >= 11
    assert len(said) < 2048


async def test_it_asks_for_the_number_and_the_did(office: Office) -> None:
    decides = Decides(Decision(status=RouteStatus.UNKNOWN))
    room = replace(office.room, routes=decides, live=LiveBoard())
    said = await line(room, "number=%2B79161234561&did=")
    [asked] = decides.asked
    assert (said, asked.number, asked.did) == ("BRIDGE,UNKNOWN,,,,,,,,,,,,,", "+79161234561", None)


async def test_where_nobody_decides_every_call_takes_its_own_way(office: Office) -> None:
    assert (await line(replace(office.room, live=LiveBoard()), "")).startswith("BRIDGE,OFF,")
