"""What a text may not show, whoever wrote it: numbers that can be called, and secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.commands import Outcome, Verdict
from bridge.domain.masks import HIDDEN, plain, without_numbers, without_secrets
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable

NUMBERS = {
    "+79161234567": "+7916***4567",
    "89161234567 called": "8916***4567 called",
    "8 (916) 123-45-67": "8916***4567",
    "8 - 916 - 123 - 45 - 67": "8916***4567",
    "+7\u00a0916\u00a0123\u201145\u201167": "+7916***4567",
    "Local/89161234567@from-queue-00000a1f;1": "Local/8916***4567@from-queue-00000a1f;1",
    "sip:+442079460018@pbx": "sip:+44207***0018@pbx",
    "1234567": "***67",
    "GET /route?number=%2B79161234567 HTTP/1.1": "GET /route?number=%2B7916***4567 HTTP/1.1",
    "in_+79161234567_1234.wav": "in_+7916***4567_1234.wav",
    "_89161234567_": "_8916***4567_",
    "GET /x?n=tel%3A79161234567": "GET /x?n=tel%3A7916***4567",
    # none of these is a phone number
    "PJSIP/101-0000002a": "PJSIP/101-0000002a",
    "1732224000.1234": "1732224000.1234",
    "2024-11-21 21:12:59": "2024-11-21 21:12:59",
    "192.168.100.200:5038": "192.168.100.200:5038",
    "at 0x7f1234567890": "at 0x7f1234567890",
    "a1b2c3d412345678": "a1b2c3d412345678",
    "out_20261128_143000.wav": "out_20261128_143000.wav",
    "rec_20261128143000_101.wav": "rec_20261128143000_101.wav",
    "bind_contact_12345678": "bind_contact_12345678",
}
SECRETS = {
    "Secret: 4f1c0d": f"Secret: {HIDDEN}",
    "GET /hook?token=4f1c0d&x=1": f"GET /hook?token={HIDDEN}&x=1",
    "Authorization: Bearer 4f1c.0d": f"Authorization: Bearer {HIDDEN}",
    "postgresql://bridge:4f1c0d@db/x": f"postgresql://bridge:{HIDDEN}@db/x",
    "https://x.bitrix24.ru/rest/12/4f1c0d/crm": f"https://x.bitrix24.ru/rest/12/{HIDDEN}/crm",
    '{"access_token": "4f1c0d"}': f'{{"access_token": "{HIDDEN}"}}',
    "/recordings/1?until=7&sign=4f1c0d": f"/recordings/1?until=7&sign={HIDDEN}",
    "Cookie: bridge_session=owner:1:4f1c0d; a=b": f"Cookie: bridge_session={HIDDEN}; a=b",
    "the token is missing": "the token is missing",
    "the design: one session=1 each": "the design: one session=1 each",
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


@pytest.mark.parametrize("text", [*NUMBERS, *SECRETS])
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(), st.sampled_from(["+79161234567", "8 (916) 123-45-67", "token=4f1c0d"]))
def test_whatever_a_crm_says_its_outcome_and_its_errors_are_plain(before: str, told: str) -> None:
    detail = f"{before} {told}"
    shown = [
        Outcome(verdict=Verdict.REFUSED, detail=detail).detail,
        *(str(error(detail)) for error in (CrmUnavailable, CrmNeedsLogin, CrmRefused)),
    ]
    assert {told in each for each in shown} == {False}
