"""Asking a database: one statement that reads, its values bound, within its time.

PostgreSQL alone. A transaction there only reads, whatever the statement says (`default_transaction_
read_only`); whoever must be certain gives us a user who may do no more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, Final

import structlog
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bridge.scripts.actions import Answer, Query

_MOST_ROWS: Final = 50
_LARGEST_ANSWER: Final = 64 * 1024
_CONNECTIONS: Final = 4  # to each database; further questions wait, within their time
_SETTINGS: Final = {
    "application_name": "asterisk-crm-bridge",
    "default_transaction_read_only": "on",
    "statement_timeout": "30000",  # ms; the longest time that a question may have
}

log = structlog.get_logger(__name__)


def installed() -> bool:
    return find_spec("asyncpg") is not None


class Databases:
    """Keeps connections open between questions; the first makes them. `urls` may be replaced."""

    def __init__(self) -> None:
        self.urls: Mapping[str, str] = {}
        self._engines: dict[str, AsyncEngine] = {}  # by url
        self._left: set[asyncio.Task[Answer]] = set()

    async def ask(self, question: Query) -> Answer:
        """Whatever the database or the network does is an Answer. One that is late is left: to
        end it may take longer than the call has."""
        asking = asyncio.ensure_future(self._ask(question))
        try:
            done, _ = await asyncio.wait({asking}, timeout=question.timeout)
        finally:
            self._leave(asking)
        return asking.result() if done else _none(question, "TimeoutError")

    async def close(self) -> None:
        await asyncio.gather(*self._left, return_exceptions=True)
        for engine in self._engines.values():
            await engine.dispose()

    def _leave(self, asking: asyncio.Task[Answer]) -> None:
        if not asking.done():
            self._left.add(asking)
            asking.add_done_callback(self._left.discard)
            asking.cancel()

    async def _ask(self, question: Query) -> Answer:
        try:
            async with self._engine(self.urls[question.database]).connect() as database:
                found = await database.execute(text(question.sql), dict(question.values))
                rows = [dict(row) for row in found.mappings().fetchmany(_MOST_ROWS)]
        except (SQLAlchemyError, OSError, TimeoutError, KeyError, ImportError) as error:
            return _none(question, type(getattr(error, "orig", None) or error).__name__)
        told = json.dumps(rows, default=_plain)
        if len(told) > _LARGEST_ANSWER:
            return _none(question, "the rows are too long")
        return Answer(ok=True, json=json.loads(told))

    def _engine(self, url: str) -> AsyncEngine:
        if url not in self._engines:
            self._engines[url] = create_async_engine(
                make_url(url).set(drivername="postgresql+asyncpg"),
                pool_size=_CONNECTIONS,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args={"server_settings": _SETTINGS},
            )
        return self._engines[url]


def _none(question: Query, why: str) -> Answer:
    log.warning("script.no_answer", name=question.name, why=why)
    return Answer()


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    return float(value) if isinstance(value, Decimal) else str(value)
