"""Transcriptions over HTTP: a speech-to-text of the owner's choice sends what it made of a call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bridge.domain.transcription import Line, Lines, Side, to_json
from bridge.web.answers import as_json, error, unlike
from bridge.web.bodies import whole
from bridge.web.doors import shown
from bridge.web.room import ROOM, Room

MOST_BYTES: Final = 2 * 1024 * 1024  # some hours of talk
_LONGEST_CALL: Final = 1_000_000  # seconds
_ADDRESS: Final = "/api/v1/calls/{call_id}/transcription"

routes = web.RouteTableDef()


class SentLine(BaseModel):
    """`begins` and `ends` in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: Side
    begins: float = Field(ge=0, le=_LONGEST_CALL)
    ends: float = Field(gt=0, le=_LONGEST_CALL)
    text: str = Field(min_length=1, max_length=10_000)

    @model_validator(mode="after")
    def _forwards(self) -> SentLine:
        if self.ends < self.begins:
            raise ValueError("it ends before it begins")
        return self


class SentTranscription(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    lines: Annotated[tuple[SentLine, ...], Field(min_length=1, max_length=10_000)]

    def transcription(self) -> Lines:
        return tuple(Line(**line.model_dump()) for line in self.lines)


@routes.post(_ADDRESS)
async def send(request: web.Request) -> web.Response:
    """Keep it; every CRM that takes transcriptions gets it after the call."""
    room, call_id = request.app[ROOM], request.match_info["call_id"]
    if room.transcriptions is None:
        return error(503, "nothing takes transcriptions here: run the daemon")
    try:
        body = await whole(request, MOST_BYTES)
        lines = SentTranscription.model_validate_json(body).transcription()
        kept = await room.transcriptions.keep(call_id, lines, now=datetime.now(UTC))
    except ValidationError as problem:
        return unlike(problem)
    if kept is None:
        return error(404, "there is no such call: send it once the call is over")
    if kept != lines:
        return error(409, "this call has another transcription already")
    return as_json({"call_id": call_id, "lines": len(lines)}, 202)


@routes.get(_ADDRESS)
async def show(request: web.Request) -> web.Response:
    """What was said."""
    room, call_id = request.app[ROOM], request.match_info["call_id"]
    lines = await said(room, call_id)
    if not lines:
        return error(404, "this call has none")
    return as_json({"lines": shown(request, to_json(lines))})


async def said(room: Room, call_id: str) -> Lines:
    """Empty where nobody told us."""
    return await room.transcriptions.of(call_id) if room.transcriptions else ()
