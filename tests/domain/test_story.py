"""Calls told in words."""

from __future__ import annotations

from bridge.ami.replay import call_records
from bridge.domain.story import story
from tests.tracker.recorded import Recorded, all_recorded


def told(name: str) -> list[str]:
    call = next(each for each in all_recorded() if each.name == name)
    (record,) = call_records([call.capture()], call.directory())
    return list(story(record))


def texts(name: str) -> list[str]:
    return [line[16:] for line in told(name)[1:]]


def test_a_transfer_reads_as_it_happened() -> None:
    lines = texts("attended_refer_completed")
    told_in_order = [
        "101 was rung and talks with the client",
        "201 talks with the client after an attended transfer",
        "attended transfer by 101 to 201: completed",
    ]
    places = [next(i for i, line in enumerate(lines) if line.startswith(t)) for t in told_in_order]
    assert places == sorted(places)


def test_the_last_line_says_whose_call_it_is_and_why() -> None:
    last = told("attended_refer_completed")[-1].strip()
    assert last == "responsible: 201, the last who talked with the client"


def test_a_missed_call_says_what_the_client_did() -> None:
    assert told("group_abandoned")[0].endswith("missed (abandoned)")


def test_no_full_number_is_told() -> None:
    for call in all_recorded()[::20]:
        text = "\n".join(_story(call))
        for record in call.truth["records"]:
            number = record.get("client", {}).get("number")
            assert not number or number not in text


def _story(call: Recorded) -> list[str]:
    found = call_records([call.capture()], call.directory(), region=call.region)
    return [line for record in found for line in story(record)]
