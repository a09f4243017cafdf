"""Login: the headers that let a request in, and an OAuth 2 token that is fetched and renewed.

A refresh token may be good for one use alone. So one process renews at a time, and the new tokens
are on the disk before they are used (bridge/crm/shared_file.py).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from bridge.crm.declarative import jwt
from bridge.crm.declarative.answers import whole
from bridge.crm.declarative.description import Description
from bridge.crm.declarative.expressions import text, tree, whole_address
from bridge.crm.declarative.logins import Basic, Header, Jwt, OAuth2
from bridge.crm.renewal import Renewal
from bridge.crm.sending import Sending
from bridge.crm.shared_file import alone, begun, read, write
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

_EARLY: Final = 30.0  # seconds before its end in which a token is not used any more
_USUAL: Final = 3600.0  # seconds that a token lasts where nothing says so
_PATIENCE: Final = ClientTimeout(total=60)
_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GRANTS: Final = {"client_credentials": "client_credentials", "refresh": "refresh_token"}


class Login:
    """Every method raises Trouble. `now` is unix seconds."""

    def __init__(
        self,
        described: Description,
        facts: Mapping[str, Any],
        file: Path,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._auth = described.auth
        self._base = described.base
        self._facts = facts
        self._file = file
        self._now = now
        self._token, self._until = "", 0.0
        self._refresh = ""  # the refresh token that was sent last
        self._renewal = Renewal[None]()

    @property
    def renews(self) -> bool:
        """Whether a refusal may mean that a token has run out."""
        return isinstance(self._auth, OAuth2)

    async def headers(self, session: ClientSession) -> dict[str, str]:
        """What is sent with each request."""
        match self._auth:
            case Basic(username=username, password=password):
                return {"Authorization": _basic(self._text(username), self._text(password))}
            case Header(headers=headers):
                return {name: self._text(source) for name, source in headers.items()}
            case Jwt() as made:
                self._token = self._signed(made)
                return {"Authorization": f"Bearer {self._token}"}
            case OAuth2() as auth:
                return {"Authorization": f"Bearer {await self._access(session, auth)}"}
        return {}

    def secrets(self) -> list[str]:
        """What no person may read, as it is now. A header's last word may be one alone."""
        sources: list[str | None] = []
        match self._auth:
            case Basic(password=password):
                sources = [password]
            case Header(headers=headers):
                sources = list(headers.values())
            case Jwt(key=key):
                sources = [key]
            case OAuth2(client_secret=secret, assertion=assertion):
                sources = [secret, assertion.key if assertion else None]
        told = [self._text(source) for source in sources if source]
        words = [word for each in told for word in each.split()[-1:]]
        return [*told, *words, self._token, self._refresh]

    async def forget(self, session: ClientSession) -> None:
        """The token we have is refused: the next headers bring another one."""
        if isinstance(self._auth, OAuth2):
            await self._renew(session, self._auth, self._token)

    async def _access(self, session: ClientSession, auth: OAuth2) -> str:
        if not self._token or self._now() > self._until:
            await self._renew(session, auth, self._token)
        return self._token

    async def settled(self) -> None:
        """Returns once no refresh is under way."""
        await self._renewal.settled()

    async def _renew(self, session: ClientSession, auth: OAuth2, stale: str) -> None:
        """All who wait have one refresh."""
        if self._token == stale:
            await self._renewal.join(lambda: self._renewed(session, auth, stale))

    async def _renewed(self, session: ClientSession, auth: OAuth2, stale: str) -> None:
        """Another process may have done it meanwhile: then its token is used."""
        if auth.grant != "refresh":
            self._use(await self._asked(session, auth, {}))
            return
        async with alone(self._file):
            kept = self._begin(auth, await asyncio.to_thread(read, self._file))
            if kept.get("access_token") not in (None, stale) and self._fresh(kept):
                self._use(kept)
                return
            said = await self._asked(session, auth, kept)
            await self._keep({**kept, **said})
            self._use(said)

    def _begin(self, auth: OAuth2, kept: Mapping[str, str]) -> Mapping[str, str]:
        """A refresh token that the operator wrote anew counts more than the file's, and no token
        goes to another address than the one it was given for."""
        said = self._text(auth.refresh_token or "")
        places = (self._base, auth.token_url, auth.client_id or "")
        whole = json.dumps([said, *map(self._text, places)])
        return begun(kept, whole, {"refresh_token": said})

    def _fresh(self, kept: Mapping[str, str]) -> bool:
        try:
            return float(kept.get("until", "0")) > self._now()
        except ValueError:
            return False

    def _use(self, said: Mapping[str, str]) -> None:
        self._token, self._until = said["access_token"], float(said["until"])

    async def _keep(self, said: Mapping[str, str]) -> None:
        try:
            await asyncio.to_thread(write, self._file, said)
        except OSError as error:
            detail = f"the new token cannot be kept in {self._file} ({error.strerror})"
            raise Trouble(Verdict.TRY_LATER, detail) from error

    async def _asked(
        self, session: ClientSession, auth: OAuth2, kept: Mapping[str, str]
    ) -> dict[str, str]:
        headers = {}
        form = self._form(auth, kept)
        if auth.client_in == "basic":
            id, secret = form.pop("client_id", ""), form.pop("client_secret", "")
            headers["Authorization"] = _basic(id, secret)
        status, said = await _posted(session, self._address(auth.token_url), form, headers)
        if status >= 500 or status == 429:
            raise Trouble(Verdict.TRY_LATER, f"the login: HTTP {status}")
        if status >= 400:
            word = str(said.get("error", ""))[:60]
            detail = f"the login is refused (HTTP {status} {word}): renew its secrets"
            raise Trouble(Verdict.NEEDS_LOGIN, detail)
        if not said.get("access_token"):
            detail = f"the login gives no token (HTTP {status}): correct `token_url`"
            raise Trouble(Verdict.NEEDS_LOGIN, detail)
        return self._told(said)

    def _told(self, said: Mapping[str, Any]) -> dict[str, str]:
        try:
            lasts = float(said.get("expires_in") or _USUAL)
        except (TypeError, ValueError):
            lasts = _USUAL
        told = {"access_token": str(said["access_token"])}
        if said.get("refresh_token"):
            told["refresh_token"] = str(said["refresh_token"])
        return {**told, "until": str(self._now() + max(0.0, lasts - _EARLY))}

    def _form(self, auth: OAuth2, kept: Mapping[str, str]) -> dict[str, str]:
        form = {"grant_type": _GRANTS.get(auth.grant, _JWT_GRANT)}
        for name in ("client_id", "client_secret", "scope"):
            if source := getattr(auth, name):
                form[name] = self._text(source)
        if auth.grant == "refresh":
            form["refresh_token"] = self._refresh = kept["refresh_token"]
        if auth.grant == "jwt" and auth.assertion:
            form["assertion"] = self._signed(auth.assertion)
        return form | {name: self._text(source) for name, source in auth.more.items()}

    def _signed(self, made: Jwt) -> str:
        try:
            claims = tree(made.claims, self._facts)
            key = self._text(made.key)
            return jwt.signed(made.algorithm, key, claims, self._now(), made.lasts)
        except (ValueError, ImportError) as error:
            detail = f"no token can be signed ({type(error).__name__}): see `key` and `algorithm`"
            raise Trouble(Verdict.NEEDS_LOGIN, detail) from error

    def _text(self, source: str) -> str:
        return self._made(text, source)

    def _address(self, source: str) -> str:
        return self._made(whole_address, source)

    def _made(self, how: Callable[[str, Mapping[str, Any]], str], source: str) -> str:
        try:
            return how(source, self._facts)
        except ValueError as error:
            raise Trouble(Verdict.REFUSED, f"a template of the login failed: {error}") from error


async def _posted(
    session: ClientSession, address: str, form: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    try:
        async with session.post(
            address, data=form, headers=headers, allow_redirects=False, timeout=_PATIENCE
        ) as answer:
            return answer.status, _json(await whole(answer, "the login", Sending(False)))
    except (ClientError, OSError, TimeoutError, ValueError) as error:
        detail = f"the login is not answered ({type(error).__name__})"
        raise Trouble(Verdict.TRY_LATER, detail) from None


def _basic(username: str, password: str) -> str:
    """UTF-8, as 1C and most others read it."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _json(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
