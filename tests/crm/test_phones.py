"""Every form of a number that we search is read as that number, in every country."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from phonenumbers import PhoneNumberFormat, PhoneNumberType, shortnumberinfo

from bridge.crm.declarative.search import written
from bridge.crm.phones import extension, formatted, forms, number
from bridge.domain.numbers import REGIONS, short

KINDS = tuple(range(PhoneNumberType.VOICEMAIL + 1))
EVERY_FORM = ("e164", "digits", "national", "local", "formatted")
STYLES = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
# What people write before an extension.
BEHIND = (
    *("доб. ", " доб ", " добавочный ", " вн. ", " внутренний "),
    *(" ext. ", " extension ", "x", "#", ",,", ";ext="),
)
# Fewer digits than these are an extension or a service, wherever a number that short exists.
SHORTEST = 7


def examples(region: str) -> set[str]:
    found = (phonenumbers.example_number_for_type(region, kind) for kind in KINDS)
    return {phonenumbers.format_number(each, PhoneNumberFormat.E164) for each in found if each}


@pytest.mark.proves("S0-11")
def test_each_form_of_the_examples_of_every_country_is_read_back() -> None:
    wrong = {
        (region, form, number(form, region))
        for region in sorted(REGIONS)
        for phone in examples(region)
        for form in (*forms(phone, region), formatted(phone, region) or phone)
        if len(re.sub(r"\D", "", form)) >= SHORTEST and number(form, region) != phone
    }
    assert {each for each in wrong if not is_another(each[1], each[0])} == set()


def is_another(form: str, region: str) -> bool:
    """Digits with the country's code and no `+` may be another number as they are dialled there:
    62812345678 in Indonesia. The number dialled wins."""
    return form.isdecimal() and phonenumbers.is_valid_number(phonenumbers.parse(form, region))


def test_a_number_of_another_country_has_no_form_of_ours() -> None:
    assert forms("+441904900863", "RU") == ["+441904900863", "441904900863"]


@pytest.mark.proves("S0-14")
@pytest.mark.parametrize(
    ("written", "phone", "behind"),
    [
        ("+7 495 100-00-01 доб. 12", "+74951000001", "12"),
        ("84951000001 (доб 12)", "+74951000001", "12"),
        ("8 (495) 100-00-01 (вн. 12)", "+74951000001", "12"),
        ("+7 495 100-00-01, добавочный: 12", "+74951000001", "12"),
        ("+74951000001 внутр12", "+74951000001", "12"),
        ("+74951000001 ext.12", "+74951000001", "12"),
        ("+74951000001x12", "+74951000001", "12"),
        ("+74951000001#12", "+74951000001", "12"),
        ("+74951000001,,12", "+74951000001", "12"),
        ("+74951000001", "+74951000001", None),
    ],
)
def test_the_extension_behind_a_company_s_number_is_apart(
    written: str, phone: str, behind: str | None
) -> None:
    assert (number(written, "RU"), extension(written)) == (phone, behind)


@pytest.mark.proves("S0-14")
@pytest.mark.parametrize(
    ("raw", "is_short"),
    [
        ("112", True),
        ("900", True),
        ("0611", True),
        ("101", True),
        ("*97", True),
        ("", False),
        ("anonymous", False),
        ("+79161234567", False),
        ("1234567", False),
        (None, False),
    ],
)
def test_a_short_number_is_told_from_a_client_s(raw: str | None, is_short: bool) -> None:
    assert short(raw) is is_short


@some.composite
def numbers(draw: some.DrawFn) -> tuple[str, str]:
    """A region, and a number of it near one of the library's examples."""
    region = draw(some.sampled_from(sorted(REGIONS)))
    example = draw(some.sampled_from(sorted(examples(region))))
    tail = draw(some.integers(0, 999))
    near = f"{example[:-3]}{tail:03}"
    phone = near if phonenumbers.is_valid_number(phonenumbers.parse(near)) else example
    assume(len(phone) > SHORTEST)  # Iran has numbers of four digits, as short as a service's
    return region, phone


def as_written(phone: str, style: int) -> str:
    return phonenumbers.format_number(phonenumbers.parse(phone), style)


def read_alike(text: str, region: str) -> bool:
    """Whether this text can only mean one number there."""
    digits = re.sub(r"\D", "", text)
    return (len(digits) >= SHORTEST and not is_another(digits, region)) or text.startswith("+")


@pytest.mark.proves("S0-11", "S4-04")
@settings(max_examples=500)
@given(numbers(), some.sampled_from(STYLES))
def test_a_number_of_any_country_is_read_once_however_it_is_written(
    example: tuple[str, str], style: int
) -> None:
    region, phone = example
    text = as_written(phone, style)
    assert not read_alike(text, region) or number(text, region) == phone


@pytest.mark.proves("S0-11")
@settings(max_examples=500)
@given(numbers(), some.sampled_from(STYLES))
def test_what_is_asked_for_finds_the_number_in_whatever_style_it_is_stored(
    example: tuple[str, str], style: int
) -> None:
    """By a CRM that compares digits; one that compares letters is asked for the punctuation too."""
    region, phone = example
    asked = written(phone, region, EVERY_FORM)
    stored = as_written(phone, style)
    digits = {re.sub(r"\D", "", form) for form in asked}
    assert re.sub(r"\D", "", stored.removeprefix("tel:")) in digits
    assert style in STYLES[1::2] or stored in asked


@pytest.mark.proves("S0-14")
@settings(max_examples=500)
@given(numbers(), some.sampled_from(BEHIND), some.integers(1, 99_999))
def test_an_extension_behind_a_number_of_any_country_is_apart(
    example: tuple[str, str], before: str, behind: int
) -> None:
    region, phone = example
    text = f"{as_written(phone, PhoneNumberFormat.INTERNATIONAL)}{before}{behind}"
    assert (number(text, region), extension(text)) == (phone, str(behind))


@pytest.mark.proves("S0-14")
@pytest.mark.parametrize("region", sorted(REGIONS))
def test_a_service_of_any_country_is_short_and_nobody_s_number(region: str) -> None:
    services = {shortnumberinfo._example_short_number(region), "112", "911", "101", "0611"}
    told = {each for each in services if each and len(each) < SHORTEST}
    assert [each for each in told if not short(each) or number(each, region)] == []


@pytest.mark.parametrize("between", [" ", "(", "x"])
def test_a_text_that_no_number_is_as_long_as_is_not_looked_through(between: str) -> None:
    """From each of its characters to its end that would take minutes."""
    text = "7" + between * 400_000 + "1"
    assert (number(text, "RU"), extension(text) in (None, "1")) == (None, True)
