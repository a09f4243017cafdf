"""Numbers as people write them into a CRM, and the forms in which they are searched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import phonenumbers

from bridge.domain.numbers import e164

# What people write before the extension behind a company's number: whole words, or cut short.
_WORDS: Final = r"(?:доб|вн|ext)[^\W\d]*|x"
_EXTENSION: Final = re.compile(rf"(?:\(?\s*(?:{_WORDS})(?:\b|(?=\d))\.?|[#;,])(.*)$", re.I)
SEPARATOR: Final = re.compile(r"[,;\n]")
# Characters. phonenumbers reads no longer text; the search for an extension goes back and forth.
_LONGEST: Final = 250


def number(raw: str, region: str) -> str | None:
    """The number the network dials, in E.164, without an extension written behind it."""
    if len(raw) > _LONGEST:
        return None
    return e164(_EXTENSION.sub("", raw).strip(), region)


def extension(raw: str) -> str | None:
    """The extension behind a company's number, where one is written."""
    found = _EXTENSION.search(raw[:_LONGEST])
    digits = re.sub(r"\D", "", found[1]) if found else ""
    return digits or None


def formatted(phone: str, region: str) -> str | None:
    """E.164 `phone` with the punctuation of `region`, if it is a number of there."""
    parsed = phonenumbers.parse(phone)
    if phonenumbers.country_code_for_region(region) != parsed.country_code:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def forms(phone: str, region: str) -> list[str]:
    """E.164 `phone` in each way that people of `region` write it, punctuation apart."""
    found = [phone, phone.removeprefix("+")]
    if national := formatted(phone, region):
        local = phonenumbers.national_significant_number(phonenumbers.parse(phone))
        found += [re.sub(r"\D", "", national), local]
    return list(dict.fromkeys(found))


def readable(raws: Iterable[str], region: str) -> tuple[str, ...]:
    """In E.164 where the number is a public one, else as written."""
    return tuple(dict.fromkeys(number(raw, region) or raw for raw in raws))


def several(value: str) -> list[str]:
    """The values of a field that holds several, each once, in order."""
    parts = (" ".join(part.split()) for part in SEPARATOR.split(value))
    return list(dict.fromkeys(part for part in parts if part))
