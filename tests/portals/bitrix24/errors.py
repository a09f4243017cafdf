"""How the portal says no: an HTTP status, a code that may be empty or an integer, and words."""

from __future__ import annotations


class Refused(Exception):
    """The answer `{"error": code, "error_description": words}` with this HTTP status."""

    def __init__(self, status: int, code: str | int, words: str) -> None:
        super().__init__(f"{status} {code}: {words}")
        self.status, self.code, self.words = status, code, words


def core(words: str) -> Refused:
    """Telephony and most of the platform."""
    return Refused(400, "ERROR_CORE", words)


def legacy(words: str) -> Refused:
    """`crm.lead`, `.contact`, `.company`, `.deal`: the code is empty."""
    return Refused(400, "", words)


def bad_value(words: str) -> Refused:
    return Refused(400, "INVALID_ARG_VALUE", words)


def missing(parameter: str) -> Refused:
    return Refused(400, "100", f"Could not find value for parameter {{{parameter}}}")


def denied(words: str = "Access denied!") -> Refused:
    return Refused(403, "ACCESS_DENIED", words)


def wrong_auth_type() -> Refused:
    words = "Current authorization type is denied for this method"
    return Refused(403, "WRONG_AUTH_TYPE", words)


def expired_token() -> Refused:
    return Refused(401, "expired_token", "The access token provided has expired.")
