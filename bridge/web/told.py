"""Answers of the port over HTTP: what it gave, or what went wrong, as JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bridge.domain.commands import Outcome, Verdict
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.record import stamp

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
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            return json_of({"error": f"this request is not as it must be: {error}"}, 400)
        except CrmRefused as error:
            return json_of({"error": str(error)}, 422)
        except (CrmUnavailable, CrmNeedsLogin) as error:
            return json_of({"error": str(error)}, 503)

    return answered


def outcome_of(outcome: Outcome) -> web.Response:
    status = _STATUSES[outcome.verdict]
    if outcome.verdict is Verdict.ACCEPTED:
        return json_of({"id": outcome.result}, status)
    return json_of({"error": outcome.detail}, status)


def items_of(found: Iterable[Any]) -> web.Response:
    return json_of({"items": [plain(each) for each in found]})


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(each) for name, each in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def json_of(data: object, status: int = 200) -> web.Response:
    text = json.dumps(data, ensure_ascii=False)
    return web.json_response(text=text, status=status)
