"""The tokens of a local application, kept in a file that processes of this machine share: a daemon,
and a command beside it.

A refresh brings a new refresh token and kills the old one, so the new pair is on disk (fsync and
rename) before its access token is used. An answer that is lost on its way has the only token that
lives: then an installation brings new ones, or an event of the portal that carries some of the same
user. Source: Bitrix24 REST documentation, "OAuth 2.0", "Events".
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ServerDisconnectedError,
)
from yarl import URL

from bridge.crm import shared_file
from bridge.crm.bitrix24.answers import trouble
from bridge.crm.bitrix24.settings import Bitrix24Settings
from bridge.crm.renewal import Renewal
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

# The log hides what follows a `token:`.
_WHO: Final = "the auth server"
_PATIENCE: Final = ClientTimeout(total=60)
_UNSENT: Final = "unsent"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the file holds. `begun` tells which refresh token of the configuration it began with."""

    portal: str = ""  # where it moved to, if it did
    moved_from: str = ""  # as the configuration said then
    access_token: str = ""
    refresh_token: str = ""
    application_token: str = ""
    member_id: str = ""
    user: str = ""  # who authorised
    begun: str = ""


class Tokens:
    """One pair of tokens at a time, whoever asks for it."""

    def __init__(self, settings: Bitrix24Settings) -> None:
        self._settings = settings
        self._kept: Kept | None = None
        self._lock = asyncio.Lock()
        self._renewal = Renewal[str]()
        self._unanswered = ""  # the refresh token that was used last, and brought no answer
        self.dead = False  # whether the auth server takes ours no more

    async def kept(self) -> Kept:
        """What is known now; read from the file once."""
        if self._kept is None:
            self._kept = self._begin(await asyncio.to_thread(_read, self._settings.file))
        return self._kept

    async def keep(self, kept: Kept) -> None:
        """Raises Trouble when it cannot be written: then nothing new is used."""
        try:
            await asyncio.to_thread(shared_file.write, self._settings.file, asdict(kept))
        except OSError as error:
            detail = f"{self._settings.file} cannot be written ({error.strerror}): free the disk"
            raise Trouble(Verdict.TRY_LATER, detail) from error
        self._kept = kept
        self.dead = False

    async def moved(self, portal: str, moved_from: str) -> None:
        """The portal has a new address, or (empty) is where the configuration says. Raises
        Trouble."""
        async with self._lock, shared_file.alone(self._settings.file):
            dead, kept = self.dead, await self._latest()
            await self.keep(replace(kept, portal=portal, moved_from=moved_from))
            self.dead = dead

    async def access(self) -> str:
        """An access token; a first one is asked for. Raises Trouble."""
        kept = await self.kept()
        return kept.access_token or await self.renew("")

    async def renew(self, old: str) -> str:
        """A token other than `old`: somebody else's new one, or our own. Raises Trouble."""
        kept = await self.kept()
        if kept.access_token != old:
            return kept.access_token
        return await self._renewal.join(lambda: self._renew(old))

    async def settled(self) -> None:
        """Returns once no refresh is under way."""
        await self._renewal.settled()

    async def _renew(self, old: str) -> str:
        async with self._lock, shared_file.alone(self._settings.file):
            kept = await self._latest()
            if kept.access_token in ("", old):
                await self.keep(await self._renewed_ours(kept))
            return (await self.kept()).access_token

    async def _latest(self) -> Kept:
        """As the last process has left it, which may have used up our refresh token."""
        found = await asyncio.to_thread(_read, self._settings.file)
        if found.refresh_token:
            self._kept = self._begin(found)
        return await self.kept()

    async def install(self, auth: dict[str, Any]) -> bool:
        """Take up what an installation brought, if its refresh token is one of our application:
        only the auth server knows, so it is used there. Another user's, who sees other clients, is
        taken up only where ours works no more. Raises Trouble."""
        async with self._lock, shared_file.alone(self._settings.file):
            kept = await self._latest()
            try:
                fresh = await self._renewed(kept, str(auth.get("refresh_token") or ""))
            except Trouble as error:
                if error.verdict is Verdict.NEEDS_LOGIN:
                    return False
                raise
            if await self._stands(kept, fresh.user):
                log.warning("crm.install_of_another_user", user=fresh.user)
                return False
            token = str(auth.get("application_token") or kept.application_token)
            await self.keep(replace(fresh, application_token=token))
            return True

    async def heal(self, auth: dict[str, Any]) -> bool:
        """Where ours are dead, take up those of an event that the portal has sent for sure. Another
        user's see other clients, and are left alone. Raises Trouble."""
        token = str(auth.get("refresh_token") or "")
        if not (self.dead and token):
            return False
        async with self._lock, shared_file.alone(self._settings.file):
            kept = await self.kept()
            fresh = await self._renewed(kept, token)
            if not kept.user or fresh.user != kept.user:
                return False
            await self.keep(fresh)
            return True

    async def _stands(self, kept: Kept, user: str) -> bool:
        """Whether our login works, and is another user's. Raises Trouble."""
        if self.dead or not kept.refresh_token or kept.user == user:
            return False
        try:
            ours = await self._renewed_ours(kept)
        except Trouble as error:
            if error.verdict is Verdict.NEEDS_LOGIN:
                return False
            raise
        await self.keep(ours)
        return ours.user != user

    def _begin(self, kept: Kept) -> Kept:
        """A refresh token that the operator wrote anew counts more than the file's."""
        said = self._settings.refresh_token
        if said is None:
            return kept
        token, known = said.get_secret_value(), asdict(kept)
        fresh = {**known, "access_token": "", "refresh_token": token}
        return Kept(**shared_file.begun(known, token, fresh))

    async def _renewed_ours(self, kept: Kept) -> Kept:
        try:
            return await self._renewed(kept, kept.refresh_token)
        except Trouble as error:
            self.dead = error.verdict is Verdict.NEEDS_LOGIN
            if not self.dead and error.code != _UNSENT:
                self._unanswered = kept.refresh_token
            elif self.dead and self._unanswered == kept.refresh_token:
                raise _lost(error) from error
            raise

    async def _renewed(self, kept: Kept, token: str) -> Kept:
        if not token:
            detail = "there is no refresh token: install the application, or write refresh_token"
            raise Trouble(Verdict.NEEDS_LOGIN, detail)
        body = await self._ask(token)
        if "error" in body or not body.get("access_token"):
            raise _dead(trouble(_WHO, 400, body, writes=False))
        return replace(
            kept,
            access_token=str(body["access_token"]),
            refresh_token=str(body.get("refresh_token") or token),
            member_id=str(body.get("member_id") or kept.member_id),
            user=str(body.get("user_id") or kept.user),
        )

    async def _ask(self, token: str) -> dict[str, Any]:
        secret = self._settings.client_secret
        asked = {
            "grant_type": "refresh_token",
            "client_id": self._settings.client_id or "",
            "client_secret": secret.get_secret_value() if secret else "",
            "refresh_token": token,
        }
        try:
            address = f"{self._settings.auth}/oauth/token/"
            async with (
                ClientSession(timeout=_PATIENCE, middlewares=(_once,)) as session,
                session.get(address, params=asked) as answer,
            ):
                body = await answer.json(content_type=None)
        except _Unreached:
            host = URL(self._settings.auth).host
            detail = f"the auth server is not reached: see to {host} and `auth`"
            raise Trouble(Verdict.TRY_LATER, detail, code=_UNSENT) from None
        except (ClientError, TimeoutError, ValueError, _Lost) as error:
            word = "the connection broke" if isinstance(error, _Lost) else type(error).__name__
            detail = f"the auth server did not answer ({word})"
            raise Trouble(Verdict.TRY_LATER, detail) from None
        if not isinstance(body, dict) or answer.status >= 500:
            raise Trouble(Verdict.TRY_LATER, f"the auth server answered HTTP {answer.status}")
        return body


class _Unreached(Exception):
    """There was no connection: the auth server never had our request."""


class _Lost(Exception):
    """The connection broke, before or after the auth server had our request."""


async def _once(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """aiohttp asks by itself again when a connection breaks. What was sent twice would tell of a
    dead token where an answer was lost."""
    try:
        return await send(request)
    except ClientConnectorError as error:
        raise _Unreached from error
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _Lost from error


def _dead(error: Trouble) -> Trouble:
    """Whatever the auth server refuses is a matter of credentials, unless it is only busy."""
    if error.verdict is not Verdict.REFUSED:
        return error
    return Trouble(Verdict.NEEDS_LOGIN, error.detail, code=error.code, words=error.words)


def _lost(error: Trouble) -> Trouble:
    detail = f"{error.detail}. The answer to the last refresh was lost, and with it the new token"
    return Trouble(error.verdict, detail, code=error.code, words=error.words)


def _read(file: Path) -> Kept:
    known = {each.name for each in fields(Kept)}
    return Kept(**{name: value for name, value in shared_file.read(file).items() if name in known})
