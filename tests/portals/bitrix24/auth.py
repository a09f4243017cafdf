"""OAuth with refresh tokens that rotate, and the secret path of a webhook."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Final

from .errors import Refused, expired_token
from .method import Way, Who
from .params import Row
from .state import State

ACCESS_SECONDS: Final = 3600
REFRESH_SECONDS: Final = 180 * 86400
CODE_SECONDS: Final = 30
SCOPES: Final = frozenset({"crm", "telephony", "user", "im", "task"})


@dataclass(slots=True)
class Granted:
    """One set of tokens, as the OAuth server answered."""

    access_token: str
    refresh_token: str


@dataclass(slots=True)
class Auth:
    """The one application and the one webhook that the portal knows."""

    state: State
    client_id: str = "local.64f0b3a7c1d2e8.41205968"
    client_secret: str = field(default_factory=lambda: token_hex(25))
    application_token: str = field(default_factory=lambda: token_hex(16))
    member_id: str = "a223c6b9710f85df22e9377d6c4f7553"
    webhook_code: str = field(default_factory=lambda: token_hex(8))
    webhook_user: int = 1
    scopes: frozenset[str] = SCOPES
    _access: dict[str, tuple[int, float]] = field(default_factory=dict)
    _refresh: dict[str, tuple[int, float]] = field(default_factory=dict)
    _codes: dict[str, tuple[int, float]] = field(default_factory=dict)

    def grant(self, user: int = 1) -> Granted:
        """New tokens, as an installation gives; earlier ones stay as they are."""
        answer = self._issue(user)
        return Granted(answer["access_token"], answer["refresh_token"])

    def expire(self) -> None:
        """Every access token at once; refresh tokens live on."""
        self._access.clear()

    def revoke(self) -> None:
        """The application is removed: nothing works until it is installed again."""
        self._access.clear()
        self._refresh.clear()

    def code(self, user: int = 1) -> str:
        code = token_hex(16)
        self._codes[code] = user, self.state.clock() + CODE_SECONDS
        return code

    def by_token(self, token: str | None) -> Who:
        """Raises Refused for a token that is unknown or over."""
        if not token:
            raise Refused(401, "NO_AUTH_FOUND", "Wrong authorization data")
        user, until = self._access.get(token, (0, 0.0))
        if self.state.clock() >= until:
            raise expired_token()
        return Who(user, Way.APP, self.scopes, query=f"auth={token}&")

    def by_path(self, user: str, code: str) -> Who:
        if (int(user), code) != (self.webhook_user, self.webhook_code):
            raise Refused(403, "INVALID_CREDENTIALS", "Invalid request credentials")
        return Who(self.webhook_user, Way.WEBHOOK, self.scopes, root=f"rest/{user}/{code}")

    def token(self, asked: Row) -> Row:
        """What `/oauth/token/` answers. Raises Refused."""
        if asked.get("client_id") != self.client_id:
            raise Refused(200, "wrong_client", "Wrong client")
        if asked.get("client_secret") != self.client_secret:
            raise Refused(400, "invalid_client", "Invalid client")
        known = {
            "refresh_token": (self._refresh, "refresh_token"),
            "authorization_code": (self._codes, "code"),
        }.get(str(asked.get("grant_type")))
        if known is None or not asked.get(known[1]):
            raise Refused(400, "invalid_request", "Some parameters are missing or wrong")
        user, until = known[0].pop(str(asked[known[1]]), (0, 0.0))
        if self.state.clock() >= until:
            raise Refused(400, "invalid_grant", "Invalid grant")
        return self._issue(user)

    def block(self, user: int) -> Row:
        """The `auth` of an event."""
        answer = self._issue(user)
        return {**answer, "domain": self.domain, "application_token": self.application_token}

    def fixed_block(self) -> Row:
        """The `auth` of an outgoing webhook: it has no tokens."""
        root = f"{self.state.url}/rest/"
        return {
            "domain": self.domain,
            "client_endpoint": root,
            "server_endpoint": root,
            "member_id": self.member_id,
            "application_token": self.application_token,
        }

    @property
    def domain(self) -> str:
        return self.state.url.partition("://")[2]

    def _issue(self, user: int) -> Row:
        now = self.state.clock()
        access, refresh = token_hex(16), token_hex(16)
        self._access[access] = user, now + ACCESS_SECONDS
        self._refresh[refresh] = user, now + REFRESH_SECONDS
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires": int(now) + ACCESS_SECONDS,
            "expires_in": ACCESS_SECONDS,
            "scope": ",".join(sorted(self.scopes)),
            "domain": "oauth.bitrix.info",
            "server_endpoint": f"{self.state.url}/rest/",
            "client_endpoint": f"{self.state.url}/rest/",
            "status": "L",
            "member_id": self.member_id,
            "user_id": user,
        }


def described(auth: Auth) -> dict[str, Any]:
    """What a person needs to connect a client to this portal."""
    tokens = auth.grant()
    return {
        "url": auth.state.url,
        "webhook": f"{auth.state.url}/rest/{auth.webhook_user}/{auth.webhook_code}/",
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
        "application_token": auth.application_token,
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
    }
