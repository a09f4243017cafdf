"""Answers: the routes under their deadline. Whoever asks, the dialplan or HTTP, gets an answer."""

from __future__ import annotations

from collections.abc import Awaitable
from time import perf_counter
from typing import Final, TypeVar

import structlog

from bridge.agi.deadline import Deadline
from bridge.domain.counters import Counters, NoCounters
from bridge.domain.routes import Asked, Caller, Decision, NotAtHand, Routes, RouteStatus

log = structlog.get_logger(__name__)

_LATE: Final = Decision(status=RouteStatus.TIMEOUT)
_OFF: Final = Decision(status=RouteStatus.OFF)
_Answer = TypeVar("_Answer")


class Answers:
    """One deadline (seconds) for each question. Never raises but when it is cancelled."""

    def __init__(self, routes: Routes, deadline: float, counters: Counters | None = None) -> None:
        self._routes = routes
        self._deadline = Deadline(deadline)
        self._counters = counters or NoCounters()

    def at_once(self, asked: Asked) -> Decision:
        """As `route`. Raises NotAtHand where a fact has to be waited for."""
        started = perf_counter()
        try:
            decision = self._routes.at_once(asked)
        except NotAtHand:
            raise
        except Exception:
            decision = self._failed(_OFF)
        return self._measured(decision, started)

    async def route(self, asked: Asked) -> Decision:
        """The decision; TIMEOUT when it was not made in time, OFF when it could not be made."""
        started = perf_counter()
        decision = await self._bounded(self._routes.route(asked), _LATE, _OFF)
        return self._measured(decision, started)

    async def lookup(self, asked: Asked) -> Caller:
        """Who is calling; nobody known where that was not found out in time."""
        return await self._bounded(self._routes.lookup(asked), Caller(), Caller())

    async def say(self, asked: Asked) -> tuple[str, ...]:
        """Sound files for this caller; none where nobody decided in time."""
        return await self._bounded(self._routes.say(asked), (), ())

    async def _bounded(self, work: Awaitable[_Answer], late: _Answer, failed: _Answer) -> _Answer:
        try:
            return await self._deadline.within(work)
        except TimeoutError:
            return late
        except Exception:
            return self._failed(failed)

    def _failed(self, instead: _Answer) -> _Answer:
        log.exception("route.failed", act="report the traceback; the call took its own way")
        return instead

    def _measured(self, decision: Decision, started: float) -> Decision:
        spent = perf_counter() - started
        self._counters.seconds("route", spent, status=decision.status.value)
        return decision
