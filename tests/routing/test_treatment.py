"""How a client is treated wherever the call goes: language, prompt, group, place in the queue."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.routing.decide import decide
from bridge.routing.settings import RoutingSettings, Then
from tests.routing.office import CLIENT, case, contact


@pytest.mark.proves("S0-54", "S0-20")
def test_the_treatment_goes_along_wherever_the_call_goes() -> None:
    settings = {
        "clients": {"vip": [CLIENT], "vip_priority": 7},
        "languages": {"field": "contact.LANG", "values": {"12": "en"}, "countries": {"RU": "ru"}},
    }
    asked = case(matches=(contact(None, fields={"LANG": "12"}),), country="RU", settings=settings)
    decision = decide(asked).decision
    assert (decision.name, decision.language, decision.priority) == ("Roga", "en", 7)


@pytest.mark.proves("S0-54")
@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Русский", "ru"),
        ("русский", "ru"),
        ("de", "de"),
        ("en_GB", "en_GB"),
        (" klingon", "klingon"),
        ("не указан", "kk"),
        ("tbd", "kk"),
    ],
)
def test_what_the_field_says_is_a_language_or_passed_over(said: str, language: str) -> None:
    known = {
        "field": "contact.LANG",
        "values": {"Русский": "ru"},
        "countries": {"KZ": "kk"},
        "groups": {"klingon": "600"},
    }
    asked = case(
        matches=(contact(fields={"LANG": said}),), country="KZ", settings={"languages": known}
    )
    assert decide(asked).decision.language == language


@pytest.mark.proves("S0-54", "S0-55")
@pytest.mark.parametrize(
    ("country", "say", "group"),
    [("RU", ("ru/owes", "ru/wait"), "600"), ("DE", ("owes",), "601"), ("FR", ("owes",), None)],
)
def test_prompt_and_group_follow_the_language(
    country: str, say: tuple[str, ...], group: str | None
) -> None:
    prompt = {"ru": ["ru/owes", "ru/wait"], "default": "owes"}
    settings = {
        "languages": {"countries": {"RU": "ru", "DE": "de"}, "groups": {"ru": "600", "de": "601"}},
        "rules": [
            {"name": "debt", "when": {"contact.DEBT": {"filled": True}}, "then": {"prompt": prompt}}
        ],
    }
    asked = case(matches=(contact(fields={"DEBT": "5"}),), country=country, settings=settings)
    decision = decide(asked).decision
    assert (decision.say, decision.group, decision.label) == (say, group, "owner")


@pytest.mark.proves("S0-19", "S0-20")
@pytest.mark.parametrize(
    ("clients", "penalties", "limits"),
    [
        ({}, [], (None, None)),
        ({"vip": [CLIENT], "vip_penalty": {"min": 2}}, [], (2, None)),
        ({"vip": [CLIENT], "vip_penalty": {"min": 2}}, [{"max": 7}], (None, 7)),
        ({}, [{"min": 1, "max": 3}, "9"], (1, 3)),
        ({}, ["9"], (None, 9)),
    ],
    ids=["nothing_said", "a_vip", "a_rule_before_a_vip", "the_first_rule", "short"],
)
def test_penalties_say_which_members_of_a_queue_are_rung(
    clients: dict[str, Any], penalties: list[Any], limits: tuple[int | None, int | None]
) -> None:
    rules = [
        {"name": str(n), "when": {"contact.owner": "anna"}, "then": {"penalty": one}}
        for n, one in enumerate(penalties)
    ]
    decision = decide(case(matches=(contact(),), settings={"clients": clients, "rules": rules}))
    found = decision.decision
    assert (found.min_penalty, found.max_penalty) == limits


@pytest.mark.parametrize("wrong", [{}, {"min": 4, "max": 3}, "many", {"max": -1}])
def test_a_penalty_that_rings_nobody_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Then.model_validate({"penalty": wrong})


@pytest.mark.parametrize(
    ("languages", "says"),
    [
        ({"countries": {"ru": "ru"}}, "ru is no country; write its two letters, like DE"),
        ({"countries": {"DE": ""}}, "at least 1 character"),
        ({"keys": {"1": ""}}, "at least 1 character"),
        ({"groups": {"": "700"}}, "at least 1 character"),
    ],
)
def test_a_language_that_nobody_could_speak_is_refused(
    languages: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        RoutingSettings.model_validate({"languages": languages})
