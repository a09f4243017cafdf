"""What a request comes to on one PBX, or why to nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.dialout.order import Order, order, worth_until
from bridge.dialout.settings import ClickSettings, RequestSettings
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.directory import Agent, Directory
from tests.dialout.conftest import NOW, NUMBER, USERS, request

AGENTS = Directory([Agent(extension="101", endpoints=("SIP/101", "PJSIP/1101"))])


def made(asked: CallRequest, **settings: Any) -> Order | Unfulfilled:
    return order(
        asked,
        "id",
        pbx="pbx",
        users=USERS,
        directory=AGENTS,
        region="RU",
        settings=ClickSettings(context="out", **settings),
    )


@pytest.mark.proves("S1-26", "S1-27")
@pytest.mark.parametrize(
    ("asked", "settings", "field", "value"),
    [
        (request(), {}, "channel", "PJSIP/102"),
        (request(user="alice"), {}, "channel", "SIP/101"),  # as the directory says
        (request(), {"channel": "Local/{extension}@phone/n"}, "channel", "Local/102@phone/n"),
        (request(), {}, "client", NUMBER),
        (request(), {}, "exten", NUMBER),
        (request(), {"number": "digits", "prefix": "9"}, "exten", "979161234567"),
        (request(), {"number": "national"}, "exten", "89161234567"),
        (request(), {}, "caller_id", NUMBER),
        (request(), {"caller_id": "agent"}, "caller_id", "102"),
        (request(), {}, "variables", (("BRIDGE_AGENT", "102"),)),
        (
            request(),
            {"auto_answer": "Call-Info: ;answer-after=0", "variables": {"AMPUSER": "{extension}"}},
            "variables",
            (
                ("BRIDGE_AGENT", "102"),
                ("AMPUSER", "102"),
                ("PJSIP_HEADER(add,Call-Info)", ";answer-after=0"),
            ),
        ),
        (
            request(kind=RequestKind.CALLBACK, user=None),
            {"callbacks": "Local/600@office"},
            "channel",
            "Local/600@office",
        ),
    ],
)
def test_a_click_rings_the_phone_of_whoever_clicked(
    asked: CallRequest, settings: dict[str, Any], field: str, value: object
) -> None:
    found = made(asked, **settings)
    assert isinstance(found, Order)
    assert getattr(found, field) == value


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (request(user="stranger"), Unfulfilled.NO_EXTENSION),
        (request(user=None), Unfulfilled.NO_EXTENSION),
        (request(number="call me"), Unfulfilled.BAD_NUMBER),
        (request(number="101"), Unfulfilled.BAD_NUMBER),
        (request(kind=RequestKind.CALLBACK), Unfulfilled.NO_EXTENSION),
    ],
)
def test_what_cannot_be_called_says_why(asked: CallRequest, why: Unfulfilled) -> None:
    assert made(asked) is why


def test_an_extension_that_a_crm_made_up_is_not_dialled() -> None:
    hostile = {"101&PJSIP/trunk/900": "bob", "Local/1@x": "bob"}
    found = order(
        request(),
        "id",
        pbx="pbx",
        users=hostile,
        directory=AGENTS,
        region="RU",
        settings=ClickSettings(context="out"),
    )
    assert found is Unfulfilled.NO_EXTENSION


@pytest.mark.parametrize(
    ("kind", "within"),
    [(RequestKind.CLICK, timedelta(seconds=30)), (RequestKind.CALLBACK, timedelta(minutes=30))],
)
def test_a_click_is_worth_something_for_a_while_and_a_form_for_longer(
    kind: RequestKind, within: timedelta
) -> None:
    assert worth_until(request(kind=kind), RequestSettings()) == NOW + within


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "PJSIP/{user}"},
        {"channel": "PJSIP/101\r\nApplication: System"},
        {"variables": {"X": "{0}"}},
        {"auto_answer": "answer at once"},
        {"context": "in out"},
    ],
)
def test_settings_that_could_not_be_dialled_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClickSettings(**{"context": "out", **wrong})
