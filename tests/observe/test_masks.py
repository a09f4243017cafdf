"""What a log line must not show, and what it must."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from structlog.typing import EventDict

from bridge.domain.masks import HIDDEN
from bridge.observe.masks import Mask


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
