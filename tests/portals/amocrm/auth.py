"""Who may ask: a long-lived token, or pairs of tokens whose refresh token lives for one use."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.portals.bitrix24.clock import Clock

from .problems import Row, oauth, problem

DAY: Final = 86400
CODE_LASTS: Final = 20 * 60
REFRESH_LASTS: Final = 90 * DAY
_REVOKED: Final = ("Token has been revoked", "The refresh token is invalid.")


@dataclass(frozen=True, slots=True)
class Granted:
    access_token: str
    refresh_token: str


class Auth:
    """`client_id`, `client_secret`, `redirect_uri`: of the one integration of this account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.client_id = "5f1c0d3e-integration"
        self.client_secret = secrets.token_hex(16)
        self.redirect_uri = "https://pbx.example.ru/amocrm"
        self.long_lived = f"long-{secrets.token_hex(16)}"
        self.access: dict[str, float] = {self.long_lived: clock() + 5 * 365 * DAY}
        self.refresh: dict[str, float] = {}
        self._codes: dict[str, float] = {}

    def code(self) -> str:
        """What the browser brings to `redirect_uri`: for one use, twenty minutes."""
        code = secrets.token_hex(8)
        self._codes[code] = self._clock() + CODE_LASTS
        return code

    def grant(self) -> Granted:
        pair = Granted(f"access-{secrets.token_hex(16)}", f"refresh-{secrets.token_hex(16)}")
        self.access[pair.access_token] = self._clock() + DAY
        self.refresh[pair.refresh_token] = self._clock() + REFRESH_LASTS
        return pair

    def expire(self) -> None:
        """No access token is good any more."""
        self.access.clear()

    def revoke(self) -> None:
        """Somebody has switched the integration off."""
        self.access.clear()
        self.refresh.clear()

    def check(self, header: str | None) -> None:
        """Raises Problem for what is no good bearer token."""
        kind, _, token = (header or "").partition(" ")
        if kind != "Bearer" or self.access.get(token, 0.0) <= self._clock():
            raise problem(401)

    def token(self, asked: Mapping[str, Any]) -> Row:
        """A new pair for a code, or for a refresh token. Raises Problem."""
        grant = asked.get("grant_type")
        keys = {
            "authorization_code": ("code", self._codes),
            "refresh_token": ("refresh_token", self.refresh),
        }
        if grant not in keys:
            raise oauth(400, "Check the `grant_type` parameter", "The grant type is not supported.")
        name, known = keys[grant]
        wanted = {"client_id", "client_secret", "grant_type", "redirect_uri", name}
        if set(asked) != wanted:
            raise oauth(400, f"Send {', '.join(sorted(wanted))}", "The request is malformed.")
        mine = (self.client_id, self.client_secret, self.redirect_uri)
        if (asked["client_id"], asked["client_secret"], asked["redirect_uri"]) != mine:
            raise oauth(401, "Check the client", "Client authentication failed")
        if known.pop(str(asked[name]), 0.0) <= self._clock():
            raise oauth(401, *_REVOKED)
        pair = self.grant()
        tokens = {"access_token": pair.access_token, "refresh_token": pair.refresh_token}
        return {"token_type": "Bearer", "expires_in": DAY, **tokens}
