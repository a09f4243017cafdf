"""Bodies of requests: anybody may send one, so each is read whole, in time, and so many at once
from one place. Whoever has shown a token waits for no stranger."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bridge.web.answers import error

WITHIN: Final = 15.0  # seconds for a stranger
LONGER: Final = 120.0  # seconds for whoever has shown a token
MOST_OF_ONE: Final = 10  # at once, from one place
MOST_AT_ONCE: Final = 300  # at once, of all strangers
READING: Final = web.AppKey("reading", Counter[str])  # from which place how many
# From where it comes; empty for whoever has shown a token.
SENDER: Final = web.RequestKey("sender", str)


async def whole(request: web.Request, most: int | None = None) -> bytes:
    """All of it, at most `most` bytes where these are other than usual. Raises HTTPException: 408
    for one that is slow, 503 while too many come at once, 413 for one that is too large."""
    within = WITHIN if request.get(SENDER) else LONGER
    sized = request if most is None else request.clone(client_max_size=most)
    try:
        with _among_others(request):
            async with asyncio.timeout(within):
                return await sized.read()
    except TimeoutError:
        raise _said(
            web.HTTPRequestTimeout(), f"the body did not come within {within:g} s"
        ) from None
    except web.HTTPRequestEntityTooLarge as large:
        raise _said(
            large, f"the body is larger than the {sized.client_max_size} bytes allowed"
        ) from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise _said(web.HTTPBadRequest(), "the body is not as its headers say") from None


@contextmanager
def _among_others(request: web.Request) -> Iterator[None]:
    if not (sender := request.get(SENDER)):
        yield
        return
    reading = request.app[READING]
    if reading[sender] >= MOST_OF_ONE or reading.total() >= MOST_AT_ONCE:
        raise _said(
            web.HTTPServiceUnavailable(), "too many send at once; send it again in a moment"
        )
    reading[sender] += 1
    try:
        yield
    finally:
        reading[sender] -= 1
        if not reading[sender]:
            del reading[sender]


async def as_object(request: web.Request) -> dict[str, Any]:
    """The JSON object of the body. Raises ValueError for anything else, and what `whole` raises."""
    body = await whole(request)
    try:
        given = json.loads(body, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(given, dict):
        raise ValueError("an object is expected")
    return given


def _finite(number: str) -> float:
    if not isfinite(found := float(number)):
        raise ValueError(f"{number[:20]} is no number")
    return found


def _said(raised: web.HTTPException, text: str) -> web.HTTPException:
    """As JSON, which is how the API answers."""
    said = error(raised.status, text)
    raised.body, raised.content_type = said.body, said.content_type
    return raised
