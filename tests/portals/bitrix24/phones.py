"""How the portal compares telephone numbers."""

from __future__ import annotations

import re
from typing import Final

_WRITTEN: Final = re.compile(r"\+?[\d\s().-]{2,30}")
_EXTENSION: Final = re.compile(r"[;,#xд].*", re.DOTALL)


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
