"""Asking once: whom a call would be for, by the CRMs and the store of the configuration. Nothing is
written, and no daemon is needed; what telephones do now only the daemon knows (daemon_asked)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bridge.agi.routes import ClientRoutes, Matches, Source
from bridge.app.delivering import destination, destinations
from bridge.app.routing import company, last_talk
from bridge.config.model import Config
from bridge.config.model import Destination as DestinationSettings
from bridge.crm.builtin import BuiltinSettings
from bridge.domain.ports import Crm, CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.routes import Asked, NotAtHand
from bridge.outbox.destination import Lookup
from bridge.outbox.ports import StoreUnavailable
from bridge.outbox.users import users_of
from bridge.routing.case import Path as RoutePath
from bridge.routing.case import Talked
from bridge.storage.engine import StoreUnusable
from bridge.storage.store import open_store

_PATIENCE = 30.0  # seconds: a person waits longer than a call does

log = structlog.get_logger(__name__)


async def path_of(config: Config, asked: Asked, at: datetime | None) -> RoutePath:
    """The decision for a call at `at` (now, when it is None), and why not the others."""
    with TemporaryDirectory() as empty:
        return await _path_of(config, asked, at, Path(empty))


async def _path_of(config: Config, asked: Asked, at: datetime | None, empty: Path) -> RoutePath:
    found = [destination(config, _there(to, empty)) for to in destinations(config)]
    try:
        for to in found:
            to.users = await users_of(to.crm, to.users, {})
        sources = [
            Source(destination=to, numbers=_AskedNow(to.crm))
            for to in found
            if to.lookup is not Lookup.NEVER
        ]
        routes = ClientRoutes(sources, company(config), _Stored(config), dict, _PATIENCE)
        return await routes.path(asked, at)
    finally:
        for to in found:
            await to.crm.close()


def _there(to: DestinationSettings, empty: Path) -> DestinationSettings:
    """A built-in CRM whose file nobody has made yet has nobody in it, and is not made by asking."""
    crm = to.crm
    if not isinstance(crm, BuiltinSettings) or crm.file.exists():
        return to
    return to.model_copy(update={"crm": crm.model_copy(update={"file": empty / f"{to.name}.db"})})


class _AskedNow:
    """The CRM itself."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def at_hand(self, number: str) -> Matches:
        raise NotAtHand

    async def matches(self, number: str, within: float) -> Matches | None:
        try:
            async with asyncio.timeout(within):
                return tuple(await self._crm.lookup(number))
        except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
            log.warning("route.crm_silent", crm=self._crm.name, why=str(error))
            return None


class _Stored:
    """The store beside the daemon; nobody talked where there is none."""

    def __init__(self, config: Config) -> None:
        self._url = config.store_url
        self._days = config.routing.last_talker_days

    def at_hand(self, number: str) -> Talked | None:
        raise NotAtHand

    async def with_client(self, number: str) -> Talked | None:
        try:
            async with open_store(self._url, daemon=False) as store:
                return await last_talk(
                    store, number, datetime.now(UTC) - timedelta(days=self._days)
                )
        except (StoreUnusable, StoreUnavailable):
            return None
