"""What a log line must not show, and what it must."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.typing import EventDict

from bridge.observe.masks import HIDDEN, Mask, without_numbers, without_secrets

NUMBERS = {
    "+79161234567": "+7916***4567",
    "89161234567 called": "8916***4567 called",
    "8 (916) 123-45-67": "8916***4567",
    "Local/89161234567@from-queue-00000a1f;1": "Local/8916***4567@from-queue-00000a1f;1",
    "sip:+442079460018@pbx": "sip:+44207***0018@pbx".replace("+44207", "+44207"),
    "1234567": "***67",
    # none of these is a phone number
    "PJSIP/101-0000002a": "PJSIP/101-0000002a",
    "1732224000.1234": "1732224000.1234",
    "2024-11-21 21:12:59": "2024-11-21 21:12:59",
    "192.168.100.200:5038": "192.168.100.200:5038",
    "at 0x7f1234567890": "at 0x7f1234567890",
    "a1b2c3d412345678": "a1b2c3d412345678",
}
SECRETS = {
    "Secret: 4f1c0d": f"Secret: {HIDDEN}",
    "GET /hook?token=4f1c0d&x=1": f"GET /hook?token={HIDDEN}&x=1",
    "Authorization: Bearer 4f1c.0d": f"Authorization: Bearer {HIDDEN}",
    "postgresql://bridge:4f1c0d@db/x": f"postgresql://bridge:{HIDDEN}@db/x",
    "https://x.bitrix24.ru/rest/12/4f1c0d/crm": f"https://x.bitrix24.ru/rest/12/{HIDDEN}/crm",
    '{"access_token": "4f1c0d"}': f'{{"access_token": "{HIDDEN}"}}',
    "the token is missing": "the token is missing",
    "http://127.0.0.1:38181": "http://127.0.0.1:38181",
    "http://pbx:8088/ari": "http://pbx:8088/ari",
    "redis://bridge:1234@db:6379": f"redis://bridge:{HIDDEN}@db:6379",
}


@pytest.mark.parametrize(("text", "shown"), NUMBERS.items())
def test_numbers_are_recognisable_and_cannot_be_called(text: str, shown: str) -> None:
    assert without_numbers(text) == shown


@pytest.mark.parametrize(("text", "shown"), SECRETS.items())
def test_secrets_are_hidden_wherever_they_stand(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def line(mask: Mask, **event: object) -> EventDict:
    return dict(mask(None, "info", event))


def test_a_line_is_masked_to_its_depths() -> None:
    class Thing:
        def __repr__(self) -> str:
            return "Thing('+79161234567')"

    assert line(
        Mask(),
        call_id="office-1732224000.1234567",
        client={"+79161234567": ["+79161234567"]},
        thing=Thing(),
        phone=79161234567,
        size=5_000_000,
        ami_secret="4f1c0d",
        password_seen=True,
    ) == {
        "call_id": "office-1732224000.1234567",
        "client": {"+7916***4567": ["+7916***4567"]},
        "thing": "Thing('+7916***4567')",
        "phone": "7916***4567",
        "size": 5_000_000,
        "ami_secret": HIDDEN,
        "password_seen": True,
    }


def test_numbers_may_be_shown_secrets_never() -> None:
    assert line(Mask(numbers=False), number="+79161234567", token="4f1c0d") == {
        "number": "+79161234567",
        "token": HIDDEN,
    }


@given(st.text(), st.from_regex(r"\+7916\d{7}", fullmatch=True), st.text())
def test_no_number_is_shown_whatever_stands_around_it(before: str, number: str, after: str) -> None:
    shown = line(Mask(), event=f"{before} {number} {after}")["event"]
    assert number not in shown
