"""Every form of a number that we search is read as that number, in every country."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from bridge.crm.phones import extension, formatted, forms, number
from bridge.domain.numbers import REGIONS, short

KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
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
