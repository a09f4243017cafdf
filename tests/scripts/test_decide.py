"""What a script wants of a call: a table of scripts, each for the same client's call."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.scripts.actions import (
    Action,
    AddLabel,
    Answer,
    HangUp,
    MakeTask,
    Play,
    Query,
    SetVariables,
    Tell,
    To,
    Transfer,
)
from bridge.scripts.decide import Unmade, holds
from tests.routing.office import contact, deal
from tests.scripts.office import decided, script, seen

KNOWN = seen(
    matches=(contact(open_deals=(deal("clara", stage="NEW"),), fields={"DEBT": "100"}),),
    settings={"clients": {"vip": ["+79161234567"]}, "languages": {"countries": {"RU": "ru"}}},
    country="RU",
)
BY_LANGUAGE = {"ru": "custom/ru/wait", "default": ["custom/wait", "custom/please"]}

ROWS: dict[str, tuple[dict[str, Any], Action]] = {
    "a variable": (
        {"set": {"WHO": "{{ client.name }}, {{ record.client.number }}"}},
        SetVariables({"WHO": "Roga, +79161234567"}),
    ),
    "a prompt in the client's language": (
        {"play": {"prompt": BY_LANGUAGE}},
        Play(("custom/ru/wait",), To.CLIENT),
    ),
    "a prompt to the agent": (
        {"play": {"prompt": "beep", "to": "agent"}},
        Play(("beep",), To.AGENT),
    ),
    "a transfer to the owner of the deal": (
        {"transfer": {"context": "chief", "extension": "{{ client.deals[0].owner }}"}},
        Transfer("chief", "103"),
    ),
    "a label": ({"label": "debt {{ client.fields.DEBT }}"}, AddLabel("debt 100")),
    "a line to whoever talks": ({"tell": "a debtor"}, Tell(("101",), "a debtor")),
    "a line to the owner": (
        {"tell": {"text": "yours", "agents": ["{{ client.owner }}", "103"]}},
        Tell(("101", "103"), "yours"),
    ),
    "a task": (
        {"task": {"title": "Call back", "agent": "{{ client.owner }}"}},
        MakeTask("Call back", "101"),
    ),
    "a question to a database": (
        {
            "query": {
                "database": "erp",
                "sql": "SELECT sum FROM debts WHERE phone = :phone",
                "values": {"phone": "{{ record.client.number }}"},
                "name": "debt",
            }
        },
        Query(
            "debt",
            "erp",
            "SELECT sum FROM debts WHERE phone = :phone",
            {"phone": "+79161234567"},
            2.0,
        ),
    ),
    "an end": ({"hang_up": True}, HangUp()),
}


@pytest.mark.proves("S2-33", "S2-35", "S2-38")
@pytest.mark.parametrize(("step", "action"), ROWS.values(), ids=ROWS)
def test_a_step_becomes_an_action(step: dict[str, Any], action: Action) -> None:
    assert decided(script(step), KNOWN) == [action]


@pytest.mark.proves("S0-56")
@pytest.mark.parametrize(("country", "note"), [("RU", "Должен 5"), ("DE", "Schuldet 5")])
@pytest.mark.parametrize(
    ("action", "where"), [("tell", {}), ("task", {"agent": "101"})], ids=["note", "task"]
)
def test_what_is_noted_is_in_the_clients_language(
    country: str, note: str, action: str, where: dict[str, str]
) -> None:
    words = "{{ {'ru': 'Должен', 'de': 'Schuldet'}[client.language] }} 5"
    step = {action: {("text" if action == "tell" else "title"): words, **where}}
    languages = {"countries": {"RU": "ru", "DE": "de"}}
    known = seen(country=country, settings={"languages": languages})
    (done,) = decided(script(step), known)
    assert note == (done.text if isinstance(done, Tell) else done.title)  # type: ignore[union-attr]


HOLDING = {
    "client.vip and client.language == 'ru'": True,
    "queues.sales > 1": True,
    "people['101'] == 'in use'": False,
    "'101' in talking": True,
    "asked.key == '2'": True,
    "record.rating < 3": False,
    "client.fields.NEVER == 'x'": False,
}


@pytest.mark.proves("S2-33", "S2-34")
@pytest.mark.parametrize(("when", "so"), HOLDING.items())
def test_a_condition_sees_the_call_the_client_the_people_and_the_queue(when: str, so: bool) -> None:
    assert holds(when, KNOWN) is so


@pytest.mark.proves("S2-37")
@pytest.mark.parametrize(
    ("answer", "transferred"),
    [
        (Answer(True, 200, {"debt": 5}), True),
        (Answer(True, 200, {"debt": 0}), False),
        (Answer(True, 200, {"other": 1}), False),
        (Answer(False, 500, None), False),
        (Answer(), False),
    ],
    ids=["debtor", "no debt", "another answer", "an error", "no answer"],
)
def test_what_an_address_answers_decides_what_follows(answer: Answer, transferred: bool) -> None:
    one = script(
        {"ask": {"url": "http://debts.example/{{ record.client.number }}", "name": "debts"}},
        {
            "when": "answers.debts.ok and answers.debts.json.debt > 0",
            "transfer": {"context": "accounts", "extension": "{{ answers.debts.json.debt }}"},
        },
    )
    asked, *rest = decided(one, KNOWN, answer)
    assert rest == ([Transfer("accounts", "5")] if transferred else [])
    assert "debts.example/+79161234567" in str(asked)


def test_a_step_that_cannot_be_made_costs_itself_alone() -> None:
    one = script(
        {"label": "{{ client.fields.NEVER.deeper }}"},
        {"transfer": {"context": "chief", "extension": "{{ client.company }}, no"}},
        {"label": "kept"},
    )
    first, second, third = decided(one, KNOWN)
    assert isinstance(first, Unmade)
    assert isinstance(second, Unmade)
    assert third == AddLabel("kept")


def test_a_callers_name_stays_text() -> None:
    evil = seen(matches=(contact(company=None),))
    evil["client"]["name"] = "a${SHELL(id)}\r\nAction: Command"
    [action] = decided(script({"set": {"WHO": "{{ client.name }}"}}), evil)
    assert action == SetVariables({"WHO": "a{SHELL(id)} Action: Command"})


def test_a_script_whose_condition_does_not_hold_wants_nothing() -> None:
    assert decided(script({"label": "x"}, when="not client.known"), KNOWN) == []
