"""Recordings in three forms, and transcriptions of finished calls."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as BadBase64
from pathlib import PurePosixPath
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote, urlsplit

from aiohttp import ClientError, ClientSession

from .errors import core
from .method import Asked, Method
from .params import Row, anything, mapping, number, text
from .state import Call, State

_SUFFIXES: Final = {".wav", ".mp3"}


async def attach_record(asked: Asked) -> Row:
    given, state = asked.given, asked.state
    if not given.get("RECORD_URL") and "FILENAME" not in given:
        raise core(
            "Required parameters are not set. Request should contain either URL or FILENAME "
            "parameter"
        )
    call = _finished(state, given)
    name = _name(given)
    if given.get("RECORD_URL"):
        return keep(state, call, name, await _downloaded(given["RECORD_URL"]))
    if "FILE_CONTENT" in given:
        return keep(state, call, name, decoded(given["FILE_CONTENT"]))
    token = f"telephony|{token_hex(16)}"
    state.uploads[token] = call.call_id, name
    address = f"{state.url}/{asked.who.root}/upload.json?{asked.who.query}token={quote(token)}"
    return {"uploadUrl": address, "fieldName": "file"}


def uploaded(state: State, token: str, content: bytes) -> Row:
    """The part `file` that came to an uploadUrl. Raises Refused."""
    if token not in state.uploads:
        raise core("Upload token is not valid")
    id, name = state.uploads[token]
    return keep(state, state.calls[id], name, content)


def keep(state: State, call: Call, name: str, content: bytes) -> Row:
    """One file a call: a repeat replaces it."""
    if not content:
        raise core("File content is empty.")
    if call.record is not None:
        del state.files[call.record]
    call.record, call.record_name = state.number("file"), name
    state.files[call.record] = name, content
    return {"FILE_ID": call.record}


def attach_transcription(asked: Asked) -> Row:
    given, state = asked.given, asked.state
    if not given.get("CALL_ID"):
        raise core("CALL_ID should be set")
    messages = given.get("MESSAGES")
    if not isinstance(messages, list):
        raise core("MESSAGES should be an array")
    for index, message in enumerate(messages):
        _message(f"MESSAGES[{index}]", message)
    call = state.calls.get(given["CALL_ID"])
    if call is None or call.finish is None:
        raise core(f"Call {given['CALL_ID']} is not found. Is it finished?")
    call.transcript_id = state.number("transcript")
    earlier = [] if state.doubts.transcription_replaces else call.transcript or []
    call.transcript = earlier + messages
    return {"TRANSCRIPT_ID": call.transcript_id}


def _finished(state: State, given: Row) -> Call:
    call = state.calls.get(given.get("CALL_ID", ""))
    if call is None or call.finish is None:
        raise core(
            "Call is not found in the statistic table. It looks like it is not finished yet."
        )
    return call


def _name(given: Row) -> str:
    name = given.get("FILENAME") or PurePosixPath(urlsplit(given.get("RECORD_URL", "")).path).name
    if not name:
        raise core("File name is empty")
    if PurePosixPath(name).suffix.lower() not in _SUFFIXES:
        raise core("Wrong file extension. Only wav and mp3 are allowed")
    return str(name)


def decoded(content: str) -> bytes:
    """Raises Refused."""
    if not content:
        raise core("File content is empty.")
    try:
        return b64decode(content, validate=True)
    except (BadBase64, ValueError):
        raise core("File content is not properly encoded. Base64 encoding is expected.") from None


async def _downloaded(address: str) -> bytes:
    """A login in the address is used. Raises Refused."""
    try:
        async with ClientSession() as session, session.get(address) as answer:
            if answer.status != 200:
                raise core(f"Server returns HTTP error code {answer.status}")
            return await answer.read()
    except (ClientError, ValueError):
        raise core("Could not reach the server of RECORD_URL") from None


def _message(place: str, message: Any) -> None:
    message = mapping(message)
    side, start = message.get("SIDE"), message.get("START_TIME")
    if side not in ("Client", "User"):
        raise core(f"{place}[SIDE] should be either Client or User")
    if not isinstance(start, int | float) or start < 0:
        raise core(f"{place}[START_TIME] should be greater or equal to zero")
    if not isinstance(message.get("STOP_TIME"), int | float) or message["STOP_TIME"] <= 0:
        raise core(f"{place}[STOP_TIME] should be greater than zero")
    if not message.get("MESSAGE"):
        raise core(f"{place}[MESSAGE] is empty")


_RECORD: Final = {"CALL_ID": text, "FILENAME": text, "FILE_CONTENT": text, "RECORD_URL": text}
_TRANSCRIPT: Final = {
    "CALL_ID": text,
    "COST": number,
    "COST_CURRENCY": text,
    "MESSAGES": anything,
}
METHODS: Final = (
    Method("telephony.externalCall.attachRecord", attach_record, _RECORD, "telephony"),
    Method("telephony.call.attachTranscription", attach_transcription, _TRANSCRIPT, "telephony"),
)
