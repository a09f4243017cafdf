"""What the dialplan is told, command by command."""

from __future__ import annotations

import asyncio

import pytest

from bridge.agi.answers import Answers
from bridge.agi.settings import AgiSettings
from bridge.domain.routes import Asked, Caller, Decision, RouteStatus
from tests.agi.conftest import Counted
from tests.agi.dialplan import ask, channel, variables, words
from tests.agi.loops import event_loop_policy as event_loop_policy
from tests.agi.routers import Told

NAMES = (
    "OWNER DIAL TIMEOUT NAME LANG PRIO LABEL SAY GROUP MIN_PENALTY MAX_PENALTY DEPUTY"
    " DEPUTY_TIMEOUT"
)
EMPTY = dict.fromkeys(NAMES.split(), "")


def said(**values: str) -> dict[str, str]:
    """All the variables of a decision, those not named empty."""
    return {f"BRIDGE_{name}": value for name, value in {**EMPTY, **values}.items()}


async def test_a_decision_is_one_command(port: int) -> None:
    [command] = await ask(port, "route?did=%2B74951234501")
    assert variables(command) == said(
        STATUS="OK", OWNER="101", DIAL="PJSIP/101", TIMEOUT="20", NAME="Иванов", LABEL="owner"
    )


@pytest.mark.parametrize(
    ("script", "headers", "number", "did"),
    [
        ("route?did=%2B74951234501", {}, "+79161234561", "+74951234501"),
        ("route", {"agi_dnid": "74951234501"}, "+79161234561", "74951234501"),
        ("route", {"agi_extension": "74951234502"}, "+79161234561", "74951234502"),
        ("route?number=%2B79160000000", {}, "+79160000000", "s"),
        ("/route/", {"agi_callerid": "unknown"}, None, "s"),
        ("route?" + "&".join(f"w{n}=1" for n in range(99)), {}, "+79161234561", "s"),
    ],
    ids=["query", "dnid", "exten", "number", "hidden", "too_many_words"],
)
async def test_a_question_is_read_from_the_address_and_the_channel(
    port: int, told: Told, script: str, headers: dict[str, str], number: str | None, did: str
) -> None:
    await ask(port, script, **headers)
    [asked] = told.asked
    assert (asked.number, asked.did) == (number, did)


async def test_a_caller_whose_name_is_in_no_known_encoding_is_answered(
    port: int, told: Told
) -> None:
    async with channel(port) as at:
        at.sends(
            b"agi_network_script: route\nagi_callerid: 79161234561\nagi_calleridname: \xc8\xe2"
        )
        at.sends(b"\n\n")
        await at.plays()
    assert told.asked[0].number == "79161234561"


async def test_no_answer_in_time_is_a_timeout(port: int, told: Told, counted: Counted) -> None:
    told.hold = asyncio.Event()
    [command] = await ask(port, "route")
    assert variables(command) == said(STATUS="TIMEOUT")
    assert counted.counts["route TIMEOUT"] == 1


async def test_a_fault_of_the_routes_sends_the_call_its_own_way(port: int, told: Told) -> None:
    told.fault = ZeroDivisionError("a rule divided by nothing")
    [command] = await ask(port, "route")
    assert variables(command) == said(STATUS="OFF")


async def test_the_display_is_told_who_calls(port: int) -> None:
    [command] = await ask(port, "lookup")
    assert variables(command) == {
        "BRIDGE_NAME": "Иванов",
        "BRIDGE_COMPANY": "ООО «Ромашка», г. Тверь",
    }


@pytest.mark.parametrize("trouble", [ZeroDivisionError(), None])
async def test_a_display_without_an_answer_is_empty(
    port: int, told: Told, trouble: Exception | None
) -> None:
    told.fault, told.hold = trouble, None if trouble else asyncio.Event()
    [command] = await ask(port, "lookup")
    assert variables(command) == {"BRIDGE_NAME": "", "BRIDGE_COMPANY": ""}


@pytest.mark.parametrize(
    ("reply", "rating"),
    [
        ("200 result=5", "5"),
        ("200 result=1", "1"),
        ("200 result=0", ""),
        ("200 result=6", ""),
        ("200 result=#", ""),
        ("200 result= (timeout)", ""),
    ],
)
async def test_a_key_from_1_to_5_is_a_rating(port: int, reply: str, rating: str) -> None:
    prompt, stored = await ask(port, "rate?prompt=custom/rate-us", reply)
    assert words(prompt) == ["GET", "DATA", "custom/rate-us", "5000", "1"]
    assert variables(stored) == {"BRIDGE_RATING": rating}


@pytest.mark.parametrize("prompt", ["", "../../etc/passwd", 'x"%0ASET VARIABLE A 1', "a" * 99])
async def test_only_a_sound_is_a_prompt(port: int, prompt: str) -> None:
    asked, _ = await ask(port, f"rate?prompt={prompt}", "200 result=5")
    assert words(asked)[2] == "beep"


async def test_a_rule_has_its_sounds_played(port: int, told: Told) -> None:
    told.sounds = ("custom/closed", "../secret", "vm-goodbye")
    [command] = await ask(port, "say")
    assert words(command) == ["EXEC", "Playback", "custom/closed&vm-goodbye"]


async def test_nothing_to_say_is_no_command(port: int) -> None:
    assert await ask(port, "say") == []


async def test_a_path_that_is_none_is_let_go(port: int, counted: Counted) -> None:
    assert await ask(port, "nonsense") == []
    assert counted.counts["agi_refused path"] == 1


async def test_every_question_has_the_deadline(told: Told) -> None:
    told.hold = asyncio.Event()
    answers = Answers(told, AgiSettings(deadline=0.05).deadline)
    async with asyncio.timeout(1):
        assert await answers.route(Asked()) == Decision(status=RouteStatus.TIMEOUT)
        assert await answers.lookup(Asked()) == Caller()
        assert await answers.say(Asked()) == ()
