"""Phone numbers: read once into E.164, masked wherever a person or a log may see them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers

WITHHELD: Final = frozenset(
    {"anonymous", "private", "restricted", "unavailable", "unknown", "asterisk", "withheld"}
)
_NO_NUMBER: Final = WITHHELD | {""}
REGIONS: Final = frozenset(phonenumbers.SUPPORTED_REGIONS)  # ISO 3166 countries: RU, GB …
_NOT_DIALLED: Final = re.compile(r"[^\d+]")
_SHORTEST_CLIENT: Final = 7  # shorter ones are extensions or service numbers of some network
_SHOWN: Final = 6  # first characters of a masked one: a country, and the beginning of a network


def withheld(raw: str | None) -> bool:
    """Whether the network sent no usable caller number at all."""
    return raw is None or raw.strip("<> ").casefold() in _NO_NUMBER


def short(raw: str | None) -> bool:
    """Whether this is a number that no client has: an extension, or a service of some network
    (112, 900, 0611)."""
    if raw is None:
        return False
    dialled = raw.partition("@")[0].partition(";")[0].strip()
    return 0 < len(dialled) < _SHORTEST_CLIENT and dialled.lstrip("+*#").isdecimal()


@lru_cache(maxsize=65536)
def e164(raw: str | None, region: str = "RU") -> str | None:
    """`raw` as E.164, read as dialled in `region`; None when it is no valid public number.

    Reads national, international, 8- and 810-prefixed Russian forms and tel:/sip: user parts.
    """
    if raw is None or len(raw) > 64:
        return None
    digits = _NOT_DIALLED.sub("", raw.partition("@")[0].partition(";")[0])
    if len(digits.lstrip("+")) < _SHORTEST_CLIENT:
        return None
    for candidate in (digits, f"+{digits.lstrip('+').removeprefix('00')}"):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or _plausible(number, candidate):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def beginning(dialled: str, region: str = "RU") -> str | None:
    """How an E.164 number begins whose first digits are `dialled` in `region` behind its trunk
    prefix: +7916 of 8916 in Russia. None of what has none before it."""
    trunk = phonenumbers.ndd_prefix_for_region(region, True)
    if not trunk or not dialled.startswith(trunk):
        return None
    return f"+{phonenumbers.country_code_for_region(region)}{dialled.removeprefix(trunk)}"


@lru_cache(maxsize=65536)
def country(number: str) -> str | None:
    """The country (ISO 3166, two letters) of an E.164 number; None of what belongs to none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


def example(region: str) -> str | None:
    """A valid number (E.164) that stands in books as an example, and is nobody's."""
    number = phonenumbers.example_number(region)
    if number is None:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _plausible(number: phonenumbers.PhoneNumber, candidate: str) -> bool:
    """Ranges are opened faster than metadata ships; an explicit + needs only a right length."""
    return candidate.startswith("+") and phonenumbers.is_possible_number(number)


def masked(number: str | None) -> str:
    """`+7916***4567` for people and logs: enough to recognise, not enough to call. Of what is no
    number, and may hold one with more behind it, no more is shown."""
    if not number:
        return "-"
    if len(number) <= 6:
        return number
    if len(number) <= 9:
        return f"***{number[-2:]}"
    return f"{number[: min(len(number) - 7, _SHOWN)]}***{number[-4:]}"
