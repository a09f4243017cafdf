"""Phone numbers, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.numbers import beginning, e164, masked, withheld


@pytest.mark.proves("S0-11", "S0-64")
@pytest.mark.parametrize(
    ("raw", "region", "read"),
    [
        ("+79161234567", "RU", "+79161234567"),
        ("79161234567", "RU", "+79161234567"),
        ("89161234567", "RU", "+79161234567"),
        ("9161234567", "RU", "+79161234567"),
        ("8 (916) 123-45-67", "RU", "+79161234567"),
        ("sip:+79161234567@10.0.0.1", "RU", "+79161234567"),
        ("+79161234567@trunk", "RU", "+79161234567"),
        ("0079161234567", "RU", "+79161234567"),
        ("810441904900863", "RU", "+441904900863"),
        ("441904900863", "RU", "+441904900863"),
        ("01904900863", "GB", "+441904900863"),
        ("101", "RU", None),
        ("*8", "RU", None),
        ("", "RU", None),
        (None, "RU", None),
        ("<unknown>", "RU", None),
        ("9" * 70, "RU", None),
    ],
)
def test_one_client_has_one_number(raw: str | None, region: str, read: str | None) -> None:
    assert e164(raw, region) == read


@pytest.mark.proves("S0-15")
@pytest.mark.parametrize("raw", ["anonymous", "Anonymous", "<unknown>", "unavailable", "", None])
def test_a_hidden_number_is_known_as_hidden(raw: str | None) -> None:
    assert withheld(raw)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+79161234567", "+7916***4567"),
        ("84951234", "***34"),
        ("9161234567", "916***4567"),
        ("0079161234567#123456789", "007916***6789"),
        ("101", "101"),
        (None, "-"),
    ],
)
def test_a_masked_number_is_recognised_and_cannot_be_called(number: str | None, shown: str) -> None:
    assert masked(number) == shown


@given(st.text(max_size=80))
def test_no_text_raises(text: str) -> None:
    read = e164(text)
    assert read is None or read.startswith("+")


@given(st.from_regex(r"\+79[0-9]{9}", fullmatch=True))
def test_reading_what_was_read_changes_nothing(number: str) -> None:
    read = e164(number)
    assert read is None or e164(read) == read


@pytest.mark.parametrize(
    ("dialled", "region", "begins"),
    [
        ("8916", "RU", "+7916"),
        ("02079", "GB", "+442079"),
        ("1416", "CA", "+1416"),
        ("7916", "RU", None),
        ("06", "IT", None),
        ("8916", "??", None),
    ],
)
def test_the_beginning_of_a_number_as_it_is_dialled_at_home(
    dialled: str, region: str, begins: str | None
) -> None:
    assert beginning(dialled, region) == begins
