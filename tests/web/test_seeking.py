"""Looking for finished calls: by number, person, outcome and day, on the page and over the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.record import Direction, Disposition
from bridge.web.app import serving
from bridge.web.seeking import Reading, Sought
from bridge.web.settings import WebSettings
from tests.web.conftest import Office, finished

MOSCOW = Reading(ZoneInfo("Europe/Moscow"), "RU", parts=True)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "sought"),
    [
        ({}, Sought()),
        ({"client": " ", "before": "pbx-1.1", "utm": "x"}, Sought()),
        ({"client": "8 (916) 123-45-67"}, Sought(client="+79161234567")),
        ({"client": "+44 20 7946 0958"}, Sought(client="+442079460958")),
        ({"client": "\u202a+7\u00a0916\u00a0123‑45‑67\u202c"}, Sought(client="+79161234567")),
        ({"client": "45-67"}, Sought(digits=("4567",))),
        ({"client": "123‑45\u202f67"}, Sought(digits=("1234567",))),
        ({"client": "7916 1234"}, Sought(digits=("79161234",))),
        ({"client": "8 (916) 123"}, Sought(digits=("8916123", "+7916123"))),
        ({"client": "61234567"}, Sought(digits=("61234567",))),
        ({"agent": "101"}, Sought(agent="101")),
        ({"outcome": "missed"}, Sought(outcome=Disposition.MISSED)),
        ({"direction": "outbound"}, Sought(direction=Direction.OUTBOUND)),
        ({"since": "2026-03-02"}, Sought(since=at(1, 21))),
        ({"until": "2026-03-02"}, Sought(until=at(2, 21))),
        ({"until": "20260302"}, Sought(until=at(2, 21))),
        ({"since": "2026-03-02T09:00:00+03:00"}, Sought(since=at(2, 6))),
        ({"until": "2026-03-02 09:00"}, Sought(until=at(2, 6))),
        ({"review": "yes"}, Sought(review=True)),
    ],
)
def test_what_an_address_asks_for(query: dict[str, str], sought: Sought) -> None:
    assert MOSCOW.sought(query) == sought


@pytest.mark.parametrize(
    ("region", "text", "sought"),
    [
        ("EE", "654 1234", Sought(digits=("6541234",))),
        ("AT", "01 234567", Sought(client="+431234567")),
        ("EE", "+372 654 1234", Sought(client="+3726541234")),
    ],
)
def test_where_whole_numbers_are_short_they_may_be_parts(
    region: str, text: str, sought: Sought
) -> None:
    assert replace(MOSCOW, region=region).sought({"client": text}) == sought


def test_to_whom_numbers_are_veiled_a_short_number_is_whole() -> None:
    veiled = replace(MOSCOW, region="EE", parts=False)
    assert veiled.sought({"client": "654 1234"}) == Sought(client="+3726541234")


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"client": "12"}, "client: write a number, or 3 digits of one"),
        ({"client": "Anna"}, "client: write a number, or 3 digits of one"),
        ({"client": "٣٤٥"}, "client: write a number, or 3 digits of one"),
        ({"outcome": "won"}, "outcome: write one of answered, missed"),
        ({"direction": "up"}, "direction: write one of inbound, outbound"),
        ({"since": "yesterday"}, "since: write a day"),
        ({"until": "9999-12-31"}, "until: write a day"),
        ({"since": "0001-01-01"}, "since: write a day"),
        ({"agent": "1" * 65}, "agent: write 64 characters at most"),
        ({"agent": "1\x002"}, "agent: write 64 characters at most, on one line"),
        ({"agent": "\udcff"}, "agent: write 64 characters at most, on one line"),
    ],
)
def test_what_cannot_be_looked_for_is_said_in_words(query: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        MOSCOW.sought(query)


def test_veiled_numbers_are_not_told_digit_by_digit() -> None:
    with pytest.raises(ValueError, match="write the whole number"):
        replace(MOSCOW, parts=False).sought({"client": "4567"})


async def test_the_page_shows_the_calls_that_were_looked_for(office: Office) -> None:
    office.store(finished(1, disposition=Disposition.MISSED))
    office.store(finished(2))
    status, text = await office.get("/?outcome=missed&agent=101")
    assert (status, "***0001" in text, "***0002" in text) == (200, True, False)


async def test_the_form_keeps_what_was_written(office: Office) -> None:
    _, text = await office.get("/?outcome=missed&since=2026-03-02&agent=%22%3E&direction=inbound")
    for kept in (
        *('<option value="missed" selected>', 'value="2026-03-02"', 'value="&#34;&gt;"'),
        'name="direction" type="hidden" value="inbound"',
    ):
        assert kept in text


async def test_calls_that_were_looked_for_do_not_change_under_the_reader(office: Office) -> None:
    _, text = await office.get("/?agent=101")
    assert 'id="live"' not in text


async def test_earlier_calls_are_those_that_were_looked_for(office: Office) -> None:
    room = replace(office.room, settings=WebSettings(port=0, rows=1))
    for number in (1, 2):
        office.store(finished(number))
    async with (
        serving(room) as address,
        office.session.get(f"{address}/?agent=101&outcome=answered") as answer,
    ):
        assert "/?agent=101&amp;outcome=answered&amp;before=pbx-" in await answer.text()


async def test_nothing_found_is_said(office: Office) -> None:
    office.store(finished())
    assert "No finished call is like this." in (await office.get("/?outcome=busy"))[1]


@pytest.mark.parametrize("path", ["/", "/api/v1/calls"])
async def test_a_wrong_word_is_answered_in_words(office: Office, path: str) -> None:
    status, text = await office.get(f"{path}?outcome=won")
    assert (status, "outcome: write one of answered" in text) == (400, True)


@pytest.mark.parametrize(("shown", "status"), [(True, 200), (False, 400)])
async def test_a_part_of_a_number_finds_for_whom_numbers_are_shown(
    office: Office, shown: bool, status: int
) -> None:
    room = replace(office.room, settings=WebSettings(port=0, show_numbers=shown))
    async with (
        serving(room) as address,
        office.session.get(f"{address}/api/v1/calls?client=0001") as answer,
    ):
        assert answer.status == status
