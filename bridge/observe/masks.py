"""What of a log line the reader may not see: phone numbers and secrets, whatever they stand in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from structlog.typing import EventDict, WrappedLogger

from bridge.domain.numbers import masked

# Seven to fifteen digits, alone or grouped as people group them. A date, a part of a word or of a
# decimal (a uniqueid is one) is no phone number.
_PHONE: Final = re.compile(
    r"(?<![\w.])(?!\d{4}-\d\d-\d\d(?!\d))\+?\(?\d(?:[ ()-]{0,2}\d){6,14}(?!\w|\.\d)"
)
_SMALLEST_PHONE: Final = 1_000_000_000  # a smaller plain number is a count, of bytes for example
_SECRET_KEY: Final = re.compile(
    r"secret|passw|token|api_?key|authorization|cookie|credential", re.IGNORECASE
)
# What goes before a secret in a text: a header, a query, a user in an address, a webhook's path.
# A port behind the colon of an address is none.
_SECRET_TEXT: Final = re.compile(
    r"""((?:secret|password|passwd|token|api_?key|auth|authorization)["']?\s*[:=]\s*["']?"""
    r"""(?:(?:bearer|basic)\s+)?|://[^\s/:@]*:(?!\d{1,5}(?:[^\w@]|$))|/rest/\d+/)[^\s"'&,;/@]+""",
    re.IGNORECASE,
)
_BEFORE_SECRETS: Final = frozenset(":=/")  # one of these stands before every secret in a text
HIDDEN: Final = "***"

# These hold what numbers look like and are none.
_PLAIN: Final = frozenset({"call_id", "timestamp", "uniqueid", "linkedid", "level", "logger"})


def without_numbers(text: str) -> str:
    """`text` with every phone number as `+7916***4567`."""
    return _PHONE.sub(lambda found: masked(re.sub(r"[ ()-]", "", found[0])), text)


def without_secrets(text: str) -> str:
    """`text` with passwords, tokens and webhook keys as `***`."""
    if _BEFORE_SECRETS.isdisjoint(text):
        return text
    return _SECRET_TEXT.sub(lambda found: found[1] + HIDDEN, text)


class Mask:
    """A structlog processor: hides secrets always, numbers unless told not to."""

    def __init__(self, *, numbers: bool = True) -> None:
        self._numbers = numbers

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {
            key: value if key in _PLAIN else self._value(key, value) for key, value in event.items()
        }

    def _value(self, key: object, value: Any) -> Any:
        if value is None or isinstance(value, bool | float):
            return value
        if _SECRET_KEY.search(str(key)):
            return HIDDEN
        if isinstance(value, int):
            return masked(str(value)) if self._numbers and value >= _SMALLEST_PHONE else value
        if isinstance(value, Mapping):
            return {self._text(str(name)): self._value(name, item) for name, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(key, item) for item in value]
        return self._text(value if isinstance(value, str) else repr(value))

    def _text(self, text: str) -> str:
        text = without_secrets(text)
        return without_numbers(text) if self._numbers else text
