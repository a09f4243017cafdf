"""Answers of the port over HTTP: what it gave, or what went wrong, as JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bridge.domain.commands import Outcome, Verdict
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.record import stamp
from bridge.web.answers import as_json, error

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STATUSES: Final = {
    Verdict.ACCEPTED: 200,
    Verdict.TRY_LATER: 503,
    Verdict.REFUSED: 422,
    Verdict.NEEDS_LOGIN: 503,
    Verdict.UNCLEAR: 504,
}


def told(handler: Handler) -> Handler:
    """With what goes wrong said in JSON."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
            return error(400, f"this request is not as it must be: {problem}")
        except CrmRefused as problem:
            return error(422, str(problem))
        except (CrmUnavailable, CrmNeedsLogin) as problem:
            return error(503, str(problem))

    return answered


def outcome_of(outcome: Outcome) -> web.Response:
    """The `id` of what a write made, or why it made nothing, under the status of its verdict."""
    status = _STATUSES[outcome.verdict]
    if outcome.verdict is Verdict.ACCEPTED:
        return as_json({"id": outcome.result}, status)
    return error(status, outcome.detail)


def items_of(found: Iterable[Any]) -> web.Response:
    """What a read found, as `items`."""
    return as_json({"items": [plain(each) for each in found]})


def plain(value: Any) -> Any:
    """Values of the domain as JSON has them: moments in RFC 3339, dataclasses as objects."""
    if isinstance(value, datetime):
        return stamp(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(each) for name, each in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value
