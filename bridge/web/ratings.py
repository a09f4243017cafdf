"""Ratings over HTTP: a survey that asks the client after the call says what he thought of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.web.answers import as_json, error
from bridge.web.bodies import whole
from bridge.web.room import ROOM

MOST_BYTES: Final = 4096

routes = web.RouteTableDef()


class SentRating(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rating: int = Field(ge=1, le=5)


@routes.post("/api/v1/calls/{call_id}/rating")
async def rate(request: web.Request) -> web.Response:
    """Keep it; every CRM that takes ratings of calls gets it after the call."""
    room, call_id = request.app[ROOM], request.match_info["call_id"]
    if room.ratings is None:
        return error(503, "nothing takes ratings here: run the daemon")
    try:
        body = await whole(request, MOST_BYTES)
        sent = SentRating.model_validate_json(body)
        known = await room.ratings.keep(call_id, sent.rating, now=datetime.now(UTC))
    except ValidationError:
        return error(400, 'this is no rating: send {"rating": 1} to {"rating": 5}')
    if not known:
        return error(404, "there is no such call: send it once the call is over")
    return as_json({"call_id": call_id, "rating": sent.rating}, 202)
