"""Visitor: who comes, by the token that is shown or the session that a token began; pure.

Tokens are compared by their digests, each with every one, so that the time says nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.web.rights import ALL, LOOKING, Right, Rights
from bridge.web.settings import WebSettings

OWNER: Final = "web.token"  # the token that may do everything has no other name
_LONGEST: Final = 12  # digits of a moment


@dataclass(frozen=True, slots=True)
class Visitor:
    """`name` is the token's; empty for whoever needs none."""

    name: str
    rights: Rights

    def signed(self, by: str) -> str:
        """Who did it, for the record: `by` is what a program says of its person, which only the
        owner's token says unchecked."""
        if self.name in ("", OWNER):
            return by or self.name
        return f"{by} ({self.name})" if by else self.name


ANYBODY: Final = Visitor("", LOOKING)
SEEING: Final = Visitor("", LOOKING | {Right.NUMBERS})
NAMELESS: Final = (ANYBODY, SEEING)  # where there are no tokens
STRANGER: Final = Visitor("", frozenset())


def has_tokens(settings: WebSettings) -> bool:
    """Whether anybody has to show one."""
    return settings.token is not None or bool(settings.tokens)


def anybody(settings: WebSettings) -> Visitor:
    """Whoever comes where there are no tokens."""
    return SEEING if settings.show_numbers else ANYBODY


def of_token(settings: WebSettings, given: str) -> Visitor | None:
    """Whose token this is; None for nobody's."""
    digest = _digest(given)
    found = [
        visitor
        for visitor, secret in _known(settings)
        if hmac.compare_digest(digest, _digest(secret))
    ]
    return found[0] if found else None


def session(settings: WebSettings, visitor: Visitor, now: datetime) -> str:
    """What a browser keeps of a login. A token that is changed or taken away ends it."""
    until = int((now + settings.session_lasts).timestamp())
    secret = next(secret for known, secret in _known(settings) if known.name == visitor.name)
    return f"{visitor.name}:{until}:{_sign(secret, visitor.name, until)}"


def of_session(settings: WebSettings, kept: str, now: datetime) -> Visitor | None:
    """Whose session this is; None when it is over, or none of ours. Takes whatever comes."""
    name, _, rest = kept.partition(":")
    until, _, sign = rest.partition(":")
    if not (until.isascii() and until.isdecimal() and len(until) <= _LONGEST):
        return None
    for visitor, secret in _known(settings):
        if visitor.name == name and now.timestamp() < int(until):
            ours = _sign(secret, name, int(until)).encode()
            return visitor if hmac.compare_digest(ours, sign.encode("utf-8", "replace")) else None
    return None


def _known(settings: WebSettings) -> Iterator[tuple[Visitor, str]]:
    if settings.token is not None:
        yield Visitor(OWNER, ALL), settings.token.get_secret_value()
    for name, each in settings.tokens.items():
        yield Visitor(name, frozenset(each.rights)), each.token.get_secret_value()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _sign(secret: str, name: str, until: int) -> str:
    return hmac.new(secret.encode(), f"session {name} {until}".encode(), "sha256").hexdigest()
