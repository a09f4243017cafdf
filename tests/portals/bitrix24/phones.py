"""How the portal compares telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .params import Row
from .state import State

_WRITTEN: Final = re.compile(r"\+?[\d\s().-]{2,30}")
_EXTENSION: Final = re.compile(r"[;,#xд].*", re.DOTALL)
# The order in which the portal tells what it found.
_ORDER: Final = ("contact", "company", "lead")


def readable(phone: str) -> bool:
    return bool(_WRITTEN.fullmatch(phone)) and len(digits(phone)) >= 2


def digits(phone: str) -> str:
    """Without the extension part; a leading 8 stays an 8."""
    return re.sub(r"\D", "", _EXTENSION.sub("", phone))


def international(phone: str) -> str:
    """Digits with the country code of a Russian portal."""
    plain = digits(phone)
    if len(plain) == 11 and plain.startswith("8"):
        return "7" + plain[1:]
    return "7" + plain if len(plain) == 10 and not phone.startswith("+") else plain


def holders(state: State, phone: str) -> Iterator[tuple[str, Row]]:
    """Every entity that stores this number, however it is written."""
    wanted = international(phone)
    for kind in _ORDER:
        for row in state.entities[kind].values():
            if any(international(each["VALUE"]) == wanted for each in row["PHONE"]):
                yield kind, row
