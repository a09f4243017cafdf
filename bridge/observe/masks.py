"""What of a log line the reader may not see: phone numbers and secrets, whatever they stand in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from structlog.typing import EventDict, WrappedLogger

from bridge.domain.masks import HIDDEN, without_numbers, without_secrets
from bridge.domain.numbers import masked

_SMALLEST_PHONE: Final = 1_000_000_000  # a smaller plain number is a count, of bytes for example
_SECRET_KEY: Final = re.compile(
    r"secret|passw|token|api_?key|authorization|cookie|credential", re.IGNORECASE
)
# These hold what numbers look like and are none.
_PLAIN: Final = frozenset({"call_id", "timestamp", "uniqueid", "linkedid", "level", "logger"})


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
