"""Why there was no connection, or it broke, in words for people, whoever is at the other end.

Address and remedy stand in the words around it, and no secret in any.
"""

from __future__ import annotations

import os
import re
import ssl
from typing import Final

from bridge.domain.masks import without_secrets

_ERRNO: Final = re.compile(r"\[Errno (\d+)\]")
_PLACE: Final = re.compile(r" \(_ssl\.c:\d+\)$")  # in the source of Python


def reason(error: BaseException) -> str:
    """A name, a certificate and a firewall are mended in different places."""
    cause = _cause(error)
    number = cause.errno if isinstance(cause, OSError) else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {getattr(cause, 'verify_message', '') or cause}"
    if isinstance(cause, ssl.SSLError):
        return _PLACE.sub("", str(cause.strerror or cause))
    if number and number > 0:  # those of a name that is not found are below
        return os.strerror(number)
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return _each_address(cause) or _own_words(cause)


def _cause(error: BaseException) -> BaseException:
    """What an HTTP client has wrapped."""
    for name in ("certificate_error", "os_error"):
        if isinstance(inner := getattr(error, name, None), BaseException):
            return inner
    return error


def _each_address(error: BaseException) -> str:
    """A name with several addresses fails at each, and asyncio puts them into one text."""
    numbers = dict.fromkeys(map(int, _ERRNO.findall(str(error))))
    return ", ".join(map(os.strerror, numbers))


def _own_words(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return without_secrets(str(said))
