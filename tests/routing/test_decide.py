"""Who gets the call, one row for each reason; and why not the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.domain.routes import RouteStatus
from bridge.routing.case import Talked
from bridge.routing.decide import decide
from bridge.routing.presence import Presence
from tests.routing.office import CLIENT, NIGHT, NOON, SALES, case, contact, deal

BUSY = {"presence": {"101": Presence.IN_USE}}
AWAY = {"101": {"absences": [{"first": "2026-11-16", "last": "2026-11-20", "deputy": "103"}]}}
TWO_OWNERS = (contact("anna", "1"), contact("boris", "2"))
TWO_TELEPHONES: dict[str, Any] = {
    "matches": (contact(),),
    "users": {"101": "anna", "111": "anna"},
    "settings": {"people": {"101": {"deputy": "102"}}},
}
YESTERDAY = Talked(extension="102", at=NOON - timedelta(days=1))
LONG_AGO = Talked(extension="102", at=NOON - timedelta(days=31))
BIG = {"name": "big", "when": {"deal.stage": {"in": ["NEGOTIATION", "FINAL"]}}}
IN_NEGOTIATION = (contact(open_deals=(deal("anna", stage="negotiation"),)),)

# What is so, and whom it rings with which label; None: the company number's own way.
PATHS: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("nobody knows the number", {}, None, "group"),
    ("the contact has an owner", {"matches": (contact(),)}, "101", "owner"),
    ("the owner is no user we know", {"matches": (contact("zoe"),)}, None, "group"),
    (
        "the open deal has another owner",
        {"matches": (contact(open_deals=(deal("boris"),)),)},
        "102",
        "deal's owner",
    ),
    (
        "deals' owners do not count",
        {
            "matches": (contact(open_deals=(deal("boris"),)),),
            "settings": {"owner_of": "entity"},
        },
        "101",
        "owner",
    ),
    (
        "the deal's owner cannot, the contact's can",
        {
            "matches": (contact(open_deals=(deal("boris"),)),),
            "presence": {"102": Presence.UNREACHABLE},
        },
        "101",
        "owner",
    ),
    ("the owner is in a call", {"matches": (contact(),), **BUSY}, None, "group"),
    (
        "the owner is in a call and takes a second",
        {
            "matches": (contact(),),
            **BUSY,
            "settings": {"people": {"101": {"takes_second_call": True}}},
        },
        "101",
        "owner",
    ),
    (
        "the owner is in a call and has a deputy",
        {"matches": (contact(),), **BUSY, "settings": {"people": {"101": {"deputy": "102"}}}},
        "102",
        "owner's deputy",
    ),
    (
        "the owner is on holiday",
        {"matches": (contact(),), "settings": {"people": AWAY}},
        "103",
        "owner's deputy",
    ),
    (
        "the owner's deputy is in a call, too",
        {
            "matches": (contact(),),
            "presence": {"101": Presence.DND, "102": Presence.IN_USE},
            "settings": {"people": {"101": {"deputy": "102"}, "102": {"deputy": "103"}}},
        },
        "103",
        "owner's deputy",
    ),
    (
        "deputies of each other are asked once",
        {
            "matches": (contact(),),
            "presence": {"101": Presence.DND, "102": Presence.PAUSED},
            "settings": {"people": {"101": {"deputy": "102"}, "102": {"deputy": "101"}}},
        },
        None,
        "group",
    ),
    ("no owner, a talk yesterday", {"last_talk": YESTERDAY}, "102", "last talker"),
    ("no owner, a talk a month ago", {"last_talk": LONG_AGO}, None, "group"),
    (
        "the owner cannot, a talk yesterday",
        {"matches": (contact(),), **BUSY, "last_talk": YESTERDAY},
        "102",
        "last talker",
    ),
    ("two clients share the number", {"matches": TWO_OWNERS}, None, "group"),
    (
        "two clients share it, and one belongs to nobody",
        {"matches": (contact("anna", "1"), contact(None, "2"))},
        "101",
        "owner",
    ),
    (
        "the owner's first telephone is unreachable, the second one free",
        {**TWO_TELEPHONES, "presence": {"101": Presence.UNREACHABLE}},
        "111",
        "owner",
    ),
    (
        "the owner talks at the first telephone",
        {**TWO_TELEPHONES, **BUSY},
        "102",
        "owner's deputy",
    ),
    (
        "the owner of two telephones is on holiday",
        {
            **TWO_TELEPHONES,
            "presence": {"101": Presence.UNREACHABLE},
            "settings": {"people": AWAY},
        },
        "103",
        "owner's deputy",
    ),
    (
        "two clients share it and one of them talked",
        {
            "matches": TWO_OWNERS,
            "last_talk": YESTERDAY,
            "settings": {"clients": {"shared": "last_talker"}},
        },
        "102",
        "last talker",
    ),
    (
        "two clients share it and the first counts",
        {"matches": TWO_OWNERS, "settings": {"clients": {"shared": "first"}}},
        "101",
        "owner",
    ),
    ("no CRM could tell in time", {"matches": None}, None, "group"),
    (
        "no CRM could tell, but we know who talked",
        {"matches": None, "last_talk": YESTERDAY},
        "102",
        "last talker",
    ),
    (
        "the number is hidden",
        {"number": None, "hidden": True, "last_talk": YESTERDAY},
        None,
        "group",
    ),
    (
        "an employee calls from his mobile",
        {"matches": (contact(),), "employees": {CLIENT: "103"}},
        None,
        "employee",
    ),
    (
        "this company number knows no owners",
        {
            "matches": (contact(),),
            "last_talk": YESTERDAY,
            "settings": {"lines": {SALES: {"owner_first": False}}},
        },
        None,
        "group",
    ),
    (
        "a supplier",
        {
            "matches": (contact(),),
            "last_talk": YESTERDAY,
            "settings": {"clients": {"not_routed": [CLIENT]}},
        },
        None,
        "group",
    ),
    (
        "a rule on the deal's stage",
        {
            "matches": IN_NEGOTIATION,
            "settings": {"rules": [{**BIG, "then": {"extension": "103"}}]},
        },
        "103",
        "rule big",
    ),
    (
        "a rule sends everybody to the group",
        {"matches": IN_NEGOTIATION, "settings": {"rules": [{**BIG, "then": {"group": True}}]}},
        None,
        "rule big",
    ),
    (
        "a rule that does not hold",
        {
            "matches": (contact(open_deals=(deal("anna", stage="NEW"),)),),
            "settings": {"rules": [{**BIG, "then": {"extension": "103"}}]},
        },
        "101",
        "deal's owner",
    ),
]


@pytest.mark.proves("S0-17", "S0-57", "S1-10", "S1-11", "S2-14")
@pytest.mark.parametrize(
    ("so", "rings", "label"), [row[1:] for row in PATHS], ids=[row[0] for row in PATHS]
)
def test_the_call_goes_to(so: dict[str, Any], rings: str | None, label: str) -> None:
    decision = decide(case(**so)).decision
    dial = f"PJSIP/{rings}" if rings else None
    assert (decision.owner, decision.dial, decision.label) == (rings, dial, label)


@pytest.mark.proves("S0-58")
@pytest.mark.parametrize(
    ("after", "dial", "label"),
    [
        ({}, None, "closed, voicemail"),
        ({"to": "callback"}, None, "closed, callback"),
        ({"to": "number", "number": "+79161234599"}, "+79161234599", "closed, number"),
    ],
)
def test_out_of_hours_even_a_known_client_finds_it_closed(
    after: dict[str, str], dial: str | None, label: str
) -> None:
    settings = {"after_hours": after} if after else {}
    asked = case(at=NIGHT, matches=(contact(),), settings=settings)
    decision = decide(asked).decision
    assert (decision.status, decision.dial, decision.label) == (RouteStatus.CLOSED, dial, label)


@pytest.mark.proves("S0-15")
@pytest.mark.parametrize("at", [NOON, NIGHT], ids=["at noon", "at night"])
@pytest.mark.parametrize(
    ("policy", "dial", "label"),
    [
        ({"to": "reject"}, None, "hidden, reject"),
        ({"to": "voicemail"}, None, "hidden, voicemail"),
        ({"to": "number", "number": "+79161234599"}, "+79161234599", "hidden, number"),
    ],
)
@pytest.mark.parametrize("where", ["company", "line"])
def test_a_hidden_number_has_a_way_of_its_own(
    at: datetime, policy: dict[str, str], dial: str | None, label: str, where: str
) -> None:
    here = {"hidden": policy}
    settings = here if where == "company" else {"lines": {SALES: here}}
    found = decide(case(at=at, number=None, hidden=True, settings=settings))
    decision = found.decision
    assert (decision.status, decision.dial, decision.label) == (RouteStatus.CLOSED, dial, label)
    [why] = [one.why for one in found.considered if one.taken]
    assert "hidden" in why
    others = decide(case(number=None, settings=settings)).decision  # 5551: no number, not hidden
    assert others.label == "group"


def test_a_blocked_number_finds_it_closed_at_noon() -> None:
    blocked = {"clients": {"blocked": [CLIENT]}}
    assert decide(case(settings=blocked)).decision.status is RouteStatus.CLOSED


@pytest.mark.proves("S0-19", "S0-55")
def test_a_skill_rings_everybody_free_who_speaks_the_clients_language() -> None:
    people = {
        "101": {"skills": ["printers"], "languages": ["ru"]},
        "102": {"skills": ["printers"], "languages": ["ru", "kk"]},
        "103": {"skills": ["printers"], "languages": ["kk"]},
        "201": {"skills": ["printers"], "languages": ["kk"], "ring_seconds": 45},
    }
    rule = {"name": "broken", "when": {"deal.topic": "printer"}, "then": {"skill": "printers"}}
    asked = case(
        matches=(contact(open_deals=(deal(None, fields={"topic": "Printer"}),)),),
        country="KZ",
        presence={"103": Presence.IN_USE},
        settings={"people": people, "rules": [rule], "languages": {"countries": {"KZ": "kk"}}},
    )
    decision = decide(asked).decision
    assert (decision.dial, decision.timeout) == ("PJSIP/102&PJSIP/201", 45)


@pytest.mark.proves("S0-17", "S0-57")
@pytest.mark.parametrize(
    ("people", "busy", "deputy"),
    [
        ({}, [], None),
        ({"101": {"deputy": "102"}}, [], "PJSIP/102"),
        ({"101": {"deputy": "102"}}, ["102"], None),
        ({"101": {"deputy": "102"}, "102": {"deputy": "103"}}, ["102"], "PJSIP/103"),
        ({"101": {"deputy": "102"}, "102": {"deputy": "101"}}, ["101"], None),
    ],
    ids=["none", "free", "busy", "the_deputys_own", "never_who_was_passed_over"],
)
def test_who_is_silent_is_followed_by_a_deputy_who_can(
    people: dict[str, Any], busy: list[str], deputy: str | None
) -> None:
    presence = dict.fromkeys(busy, Presence.IN_USE)
    asked = case(matches=(contact(),), presence=presence, settings={"people": people})
    assert decide(asked).decision.deputy == deputy


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({}, (20, 20)),
        ({"ring_seconds": 10}, (10, 10)),
        ({"deputy_seconds": 8}, (20, 8)),
        ({"people": {"102": {"ring_seconds": 15}}}, (20, 15)),
        ({"deputy_seconds": 8, "people": {"102": {"ring_seconds": 15}}}, (20, 8)),
        ({"people": {"101": {"ring_seconds": 30}}}, (30, 20)),
    ],
)
def test_a_deputy_rings_for_seconds_of_his_own(
    settings: dict[str, Any], seconds: tuple[int, int]
) -> None:
    people = {"101": {}, "102": {}, **settings.pop("people", {})}
    people["101"] = {**people["101"], "deputy": "102"}
    asked = case(matches=(contact(),), settings={**settings, "people": people})
    decision = decide(asked).decision
    assert (decision.timeout, decision.deputy_timeout) == seconds


def test_the_path_says_why_not_the_others() -> None:
    asked = case(matches=(contact(),), **BUSY, last_talk=LONG_AGO)
    assert [(one.way, one.why, one.taken) for one in decide(asked).considered] == [
        ("blocked", "the number is not blocked", False),
        ("hidden", "the number is not hidden", False),
        ("hours", "the company number is open", False),
        ("employee", "the number is no employee's", False),
        ("rule", "no rule holds that names somebody", False),
        ("owner", "101: in use", False),
        ("last talker", "the last talk is more than 30 days ago", False),
        ("group", "the company number's own group", True),
    ]


def test_the_path_says_which_ways_come_after_the_one_that_is_taken() -> None:
    considered = decide(case(matches=(contact(),))).considered
    assert [(one.way, one.why, one.taken) for one in considered[-3:]] == [
        ("owner", "rings PJSIP/101 for 20 s", True),
        ("last talker", "not looked at: owner comes before it", False),
        ("group", "not looked at: owner comes before it", False),
    ]
