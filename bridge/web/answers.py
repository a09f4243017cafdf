"""How the API answers: JSON, and in words where something is wrong."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from aiohttp import web

_dumps: Final = partial(json.dumps, ensure_ascii=False)


def error(status: int, text: str) -> web.Response:
    return as_json({"error": text}, status)


def as_json(data: Any, status: int = 200) -> web.Response:
    return web.json_response(data, status=status, dumps=_dumps)
