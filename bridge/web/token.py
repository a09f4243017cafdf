"""Who may change things over HTTP: whoever shows `web.token`; and how it is answered in JSON."""

from __future__ import annotations

import hmac
import json
from functools import partial
from typing import Any, Final

from aiohttp import web

from bridge.web.room import Room

_dumps: Final = partial(json.dumps, ensure_ascii=False)


def refusal(room: Room, request: web.Request) -> web.Response | None:
    """What is said to whoever may not; None for whoever may."""
    token = room.settings.token
    if token is None:
        return error(403, "changes over HTTP are off: set `web.token`")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
        return error(401, "send the header `Authorization: Bearer <web.token>`")
    return None


def error(status: int, text: str) -> web.Response:
    return as_json({"error": text}, status)


def as_json(data: Any, status: int = 200) -> web.Response:
    return web.json_response(data, status=status, dumps=_dumps)
