"""Numbers as people write them into a CRM, and the forms in which they are searched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import phonenumbers

from bridge.domain.numbers import e164

# What people write before the extension behind a company's number.
_EXTENSION: Final = re.compile(r"(?:\(?\s*(?:доб|внутр?|ext|x)\b\.?|[#;,]).*$", re.I)
SEPARATOR: Final = re.compile(r"[,;\n]")


def number(raw: str, region: str) -> str | None:
    """The number the network dials, in E.164, without an extension written behind it."""
    return e164(_EXTENSION.sub("", raw).strip(), region)


def forms(phone: str, region: str) -> list[str]:
    """E.164 `phone` in each way that people of `region` write it, punctuation apart."""
    parsed = phonenumbers.parse(phone)
    found = [phone, phone.removeprefix("+")]
    if phonenumbers.country_code_for_region(region) == parsed.country_code:
        style = phonenumbers.PhoneNumberFormat.NATIONAL
        dialled = re.sub(r"\D", "", phonenumbers.format_number(parsed, style))
        found += [dialled, phonenumbers.national_significant_number(parsed)]
    return list(dict.fromkeys(found))


def readable(raws: Iterable[str], region: str) -> tuple[str, ...]:
    """In E.164 where the number is a public one, else as written."""
    return tuple(dict.fromkeys(number(raw, region) or raw for raw in raws))


def several(value: str) -> list[str]:
    """The values of a field that holds several, each once, in order."""
    parts = (" ".join(part.split()) for part in SEPARATOR.split(value))
    return list(dict.fromkeys(part for part in parts if part))
