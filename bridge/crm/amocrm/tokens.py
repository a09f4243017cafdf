"""The token of every request: the long-lived one, or pairs that change each day.

A refresh brings a new refresh token and kills the old one, so the new pair is on disk (fsync and
rename) before it is used; processes of this machine share the file. Source: amoCRM developer
documentation, "OAuth step by step".
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from bridge.crm import shared_file
from bridge.crm.amocrm.answers import trouble
from bridge.crm.amocrm.settings import AmoCrmSettings
from bridge.crm.amocrm.shapes import GRANTED
from bridge.crm.renewal import Renewal
from bridge.crm.sending import Sending, whole
from bridge.crm.shapes import answered
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

_WHO: Final = "the refresh of the login"
_PATIENCE: Final = ClientTimeout(total=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the file holds. `begun` tells which refresh token of the configuration it began with."""

    access_token: str = ""
    refresh_token: str = ""
    begun: str = ""


class Tokens:
    """One pair of tokens at a time, whoever asks for it. Every method raises Trouble."""

    def __init__(self, settings: AmoCrmSettings) -> None:
        self._settings = settings
        self._kept: Kept | None = None
        self._lock = asyncio.Lock()
        self._renewal = Renewal[str]()

    @property
    def long_lived(self) -> bool:
        return self._settings.token is not None

    async def access(self, session: ClientSession) -> str:
        """The token for a request; a first one is asked for."""
        if self._settings.token is not None:
            return self._settings.token.get_secret_value()
        kept = await self._read()
        return kept.access_token or await self.renew(session, "")

    async def renew(self, session: ClientSession, old: str) -> str:
        """A token other than `old`: somebody else's new one, or our own."""
        kept = await self._read()
        if kept.access_token != old:
            return kept.access_token
        return await self._renewal.join(lambda: self._renew(session, old))

    async def settled(self) -> None:
        """Returns once no refresh is under way."""
        await self._renewal.settled()

    async def _renew(self, session: ClientSession, old: str) -> str:
        async with self._lock, shared_file.alone(self._settings.file):
            self._kept = None  # another process may have used up our refresh token
            kept = await self._read()
            if kept.access_token in ("", old):
                await self._keep(await self._renewed(session, kept))
            return (await self._read()).access_token

    async def _read(self) -> Kept:
        if self._kept is None:
            found = await asyncio.to_thread(shared_file.read, self._settings.file)
            known = {name: found.get(name, "") for name in Kept.__dataclass_fields__}
            self._kept = self._begin(Kept(**known))
        return self._kept

    async def _keep(self, kept: Kept) -> None:
        try:
            await asyncio.to_thread(shared_file.write, self._settings.file, asdict(kept))
        except OSError as error:
            detail = f"{self._settings.file} cannot be written ({error.strerror}): free the disk"
            raise Trouble(Verdict.TRY_LATER, detail) from error
        self._kept = kept

    def _begin(self, kept: Kept) -> Kept:
        """A refresh token that the operator wrote anew counts more than the file's."""
        said = self._settings.refresh_token
        if said is None:
            return kept
        token = said.get_secret_value()
        return Kept(**shared_file.begun(asdict(kept), token, {"refresh_token": token}))

    async def _renewed(self, session: ClientSession, kept: Kept) -> Kept:
        if not kept.refresh_token:
            raise Trouble(Verdict.NEEDS_LOGIN, "no refresh token is known; write `refresh_token`")
        status, body = await self._ask(session, kept.refresh_token)
        if status >= 300:
            refusal = trouble(_WHO, status, body, None, writes=False)
            raise _dead(refusal.without([kept.refresh_token, self._secret()]))
        made = answered(GRANTED, body, _WHO)
        return replace(
            kept,
            access_token=made["access_token"],
            refresh_token=made["refresh_token"] or kept.refresh_token,
        )

    def _secret(self) -> str:
        secret = self._settings.client_secret
        return secret.get_secret_value() if secret else ""

    async def _ask(self, session: ClientSession, token: str) -> tuple[int, Any]:
        asked = {
            "client_id": self._settings.client_id,
            "client_secret": self._secret(),
            "grant_type": "refresh_token",
            "refresh_token": token,
            "redirect_uri": self._settings.redirect_uri,
        }
        address = f"{self._settings.account}/oauth2/access_token"
        try:
            async with session.post(
                address, json=asked, timeout=_PATIENCE, allow_redirects=False
            ) as answer:
                return answer.status, json.loads(await whole(answer, _WHO, Sending(writes=False)))
        except (ClientError, OSError, TimeoutError, ValueError, RecursionError) as error:
            detail = f"{_WHO} is not answered ({type(error).__name__})"
            raise Trouble(Verdict.TRY_LATER, detail) from None


def _dead(error: Trouble) -> Trouble:
    """A refusal of the refresh itself: only a person can log in again."""
    if error.verdict is not Verdict.REFUSED and error.code not in ("400", "401"):
        return error
    advice = f"{error.detail}; install the integration again and write its refresh_token"
    return Trouble(Verdict.NEEDS_LOGIN, advice, code=error.code)
