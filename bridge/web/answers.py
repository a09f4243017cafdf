"""How the API answers: JSON, and in words where something is wrong."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

_dumps: Final = partial(json.dumps, ensure_ascii=False)


def error(status: int, text: str) -> web.Response:
    """`{"error": text}`: what is wrong, and what to do."""
    return as_json({"error": text}, status)


def as_json(data: Any, status: int = 200) -> web.Response:
    """Names stay readable: what is not ASCII is written as it is."""
    return web.json_response(data, status=status, dumps=_dumps)


def unlike(problem: ValidationError) -> web.Response:
    """400: where a body is wrong and how, without its values, which may be a client's."""
    said = []
    for each in problem.errors(include_url=False):
        where = ".".join(map(str, each["loc"])) or "the body"
        said.append(f"{where}: {each['msg']}")
    return error(400, "; ".join(said))
