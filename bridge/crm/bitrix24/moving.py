"""A portal that moved answers 302: which address may be believed, and for how long.

Source: Bitrix24 REST documentation (its SDK posts the same body to `Location`, and keeps the host).
A maintenance page is a 302 too: so an address is kept only once it has answered as Bitrix24 does.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

import structlog
from yarl import URL

from bridge.crm.bitrix24.tokens import Tokens
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

_CLOUD: Final = re.compile(r"^([\w-]+\.)+bitrix24\.(com\.)?[a-z]{2,4}$")
# Second levels that are everybody's: whoever shares one of these is no neighbour.
_SHARED: Final = frozenset({"ac", "co", "com", "edu", "gov", "msk", "net", "org", "spb"})

log = structlog.get_logger(__name__)


class Moving:
    """Where a portal is now. `given`: as the configuration says."""

    def __init__(self, given: URL, tokens: Tokens, name: str) -> None:
        self._given = given
        self._tokens = tokens
        self._name = name
        self._unreadable = False
        self._doubted = False  # the kept address did not answer: the next one to ask is `given`

    async def address(self) -> URL:
        """The origin to ask."""
        kept = await self._tokens.kept()
        believed = kept.portal and kept.moved_from == str(self._given) and not self._doubted
        return (self._readable(kept.portal) if believed else None) or self._given

    def next(self, old: URL, location: str) -> URL:
        """Where `old` sends us. Raises Trouble where our tokens must not go: a maintenance page
        of somebody else ends by itself, so what was asked is tried later."""
        try:
            new = old.join(URL(location))
        except ValueError:
            raise Trouble(Verdict.TRY_LATER, "the portal moved to what is no address") from None
        if new.scheme not in ("https", self._given.scheme) or not new.host:
            detail = f"the portal sends us to a {new.scheme} address; correct the configuration"
            raise Trouble(Verdict.TRY_LATER, detail)
        if not near(str(self._given.host), new.host):
            detail = (
                f"the portal sends us to {new.host}, which is none of Bitrix24 and not beside"
                f" {self._given.host}; where it is right, write it into the configuration"
            )
            raise Trouble(Verdict.TRY_LATER, detail)
        return new

    async def answered(self, address: URL, body: Any) -> None:
        """Believe an address that has answered as Bitrix24 does, and doubt one that has not."""
        if not isinstance(body, dict) or not {"result", "error"} & body.keys():
            self.silent(address)
            return
        kept, origin = await self._tokens.kept(), address.origin()
        now = "" if origin == self._given else str(origin)
        self._doubted = False
        if (kept.portal, kept.moved_from) != (now, str(self._given) if now else ""):
            await self._keep(now)

    def _readable(self, kept: str) -> URL | None:
        """None for what is no address; what answers next is kept in its place."""
        with suppress(ValueError):
            found = URL(kept)
            if found.scheme in ("http", "https") and found.host:
                return found.origin()
        if not self._unreadable:
            log.warning(
                "crm.kept_address_unreadable",
                crm=self._name,
                act="`portal` of the token file is no address: the configuration's is asked",
            )
        self._unreadable = True
        return None

    def silent(self, address: URL) -> None:
        """It did not answer: the other one is asked next."""
        self._doubted = address.origin() != self._given

    async def _keep(self, portal: str) -> None:
        try:
            await self._tokens.moved(portal, str(self._given) if portal else "")
        except Trouble as error:  # what was asked is done all the same
            log.warning("crm.move_not_kept", crm=self._name, error=error.detail)
        else:
            log.warning("crm.moved", crm=self._name, to=portal or str(self._given))


def near(given: str, host: str) -> bool:
    """Whether a portal may have moved from `given` to `host`."""
    if host == given or _CLOUD.match(host):
        return True
    parent = given.partition(".")[2]
    beside = parent.count(".") >= 1 and parent.partition(".")[0] not in _SHARED
    own = given.count(".") >= 1 and host.endswith(f".{given}")
    return (beside and not _is_ip(given) and f".{host}".endswith(f".{parent}")) or own


def _is_ip(host: str) -> bool:
    return host.replace(".", "").isdecimal() or ":" in host
