"""Listening: the doors of the daemon, open while it runs. The page, and answers to the dialplan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from bridge.agi.answers import Answers
from bridge.agi.endpoints import agi_server
from bridge.agi.scripted import Scripted
from bridge.agi.settings import AgiSettings
from bridge.domain.counters import Counters
from bridge.web.app import serving
from bridge.web.room import Room

log = structlog.get_logger(__name__)


class CannotStart(Exception):
    """Something outside keeps the daemon from starting; the text says what to change."""


@asynccontextmanager
async def page(room: Room) -> AsyncIterator[None]:
    """The page while inside. Raises CannotStart."""
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(serving(room))
        except OSError as error:
            where = f"{room.settings.host}:{room.settings.port}"
            why = f"the page cannot be served at {where}: {error.strerror}"
            raise CannotStart(f"{why}; free it, or change web.port or web.host") from error
        log.info("web.serving", address=address)
        yield


@asynccontextmanager
async def answering(
    settings: AgiSettings | None, answers: Answers, scripts: Scripted, counters: Counters
) -> AsyncIterator[Callable[[], Awaitable[object]] | None]:
    """Answers to the dialplan while inside, from the call of what is given on: a daemon that is
    still busy with its start must keep no caller. None where they are not wanted. Raises
    CannotStart."""
    if settings is None:
        yield None
        return
    server = agi_server(settings, answers, counters, scripts)
    try:
        port = await server.bind()
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        why = f"the dialplan cannot be answered at {where}: {error.strerror}"
        raise CannotStart(f"{why}; free it, or change agi.port or agi.host") from error
    log.info("agi.serving", host=settings.host, port=port)
    try:
        yield server.open
    finally:
        await server.close()
