"""Recordings in their three forms, and transcriptions."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from aiohttp import ClientError, FormData, encode_basic_auth, web
from aiohttp.test_utils import TestServer

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

ATTACH = "telephony.externalCall.attachRecord"
SOUND = b"ID3 some sound"
UNFINISHED = "Call is not found in the statistic table. It looks like it is not finished yet."


@pytest.fixture
async def call(ask: Asking, anna: User) -> str:
    """A finished call."""
    given = {"USER_ID": anna.id, "PHONE_NUMBER": "+79161234567", "TYPE": 2}
    id = (await ask("telephony.externalCall.register", **given)).result["CALL_ID"]
    await ask("telephony.externalCall.finish", CALL_ID=id, USER_ID=anna.id, DURATION=9)
    return str(id)


async def test_a_recording_comes_in_base64(portal: Portal, ask: Asking, call: str) -> None:
    content = b64encode(SOUND).decode()
    answer = await ask.webhook(ATTACH, CALL_ID=call, FILENAME="a.mp3", FILE_CONTENT=content)
    assert portal.state.files[answer.result["FILE_ID"]] == ("a.mp3", SOUND)


@pytest.mark.parametrize("way", ["app", "webhook"])
async def test_a_recording_is_uploaded_where_the_portal_says(
    portal: Portal, ask: Asking, call: str, way: str
) -> None:
    asked = ask if way == "app" else ask.webhook
    upload = (await asked(ATTACH, CALL_ID=call, FILENAME="a.mp3")).result
    assert upload["fieldName"] == "file"
    assert upload["uploadUrl"].startswith(portal.url)
    form = FormData()
    form.add_field("file", SOUND, filename="a.mp3", content_type="audio/mpeg")
    answer = await ask.post(upload["uploadUrl"], data=form)
    assert portal.state.files[answer.result["FILE_ID"]] == ("a.mp3", SOUND)


async def test_a_recording_is_downloaded_with_the_login_in_its_address(
    portal: Portal, ask: Asking, call: str
) -> None:
    async def serve(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == encode_basic_auth("pbx", "s3")
        return web.Response(body=SOUND)

    app = web.Application()
    app.add_routes([web.get("/rec.mp3", serve)])
    async with TestServer(app) as pbx:
        url = f"http://pbx:s3@127.0.0.1:{pbx.port}/rec.mp3"
        await ask(ATTACH, CALL_ID=call, FILENAME="rec.mp3", RECORD_URL=url)
        missing = await ask(ATTACH, CALL_ID=call, FILENAME="a.mp3", RECORD_URL=f"{url}x")
    assert list(portal.state.files.values()) == [("rec.mp3", SOUND)]
    assert missing.error == (400, "ERROR_CORE", "Server returns HTTP error code 404")


async def test_a_repeat_replaces_the_recording_and_the_statistic_names_it(
    portal: Portal, ask: Asking, call: str
) -> None:
    for sound in (b"one", b"two"):
        content = b64encode(sound).decode()
        await ask(ATTACH, CALL_ID=call, FILENAME="a.wav", FILE_CONTENT=content)
    assert [content for _, content in portal.state.files.values()] == [b"two"]
    row = (await ask("voximplant.statistic.get", FILTER={"CALL_ID": call})).result[0]
    assert list(portal.state.files) == [row["RECORD_FILE_ID"]]
    async with ask.session.get(row["CALL_RECORD_URL"]) as answer:
        assert await answer.read() == b"two"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {},
            "Required parameters are not set. Request should contain either URL or FILENAME "
            "parameter",
        ),
        ({"FILENAME": "a.mp3", "CALL_ID": "externalCall.x"}, UNFINISHED),
        ({"FILENAME": ""}, "File name is empty"),
        ({"FILENAME": "a.ogg"}, "Wrong file extension. Only wav and mp3 are allowed"),
        ({"FILENAME": "a.mp3", "FILE_CONTENT": ""}, "File content is empty."),
        (
            {"FILENAME": "a.mp3", "FILE_CONTENT": "no base64!"},
            "File content is not properly encoded. Base64 encoding is expected.",
        ),
    ],
)
async def test_a_wrong_recording_is_refused_in_these_words(
    ask: Asking, call: str, given: dict[str, str], words: str
) -> None:
    answer = await ask(ATTACH, **{"CALL_ID": call, **given})
    assert answer.error == (400, "ERROR_CORE", words)


async def test_an_unfinished_call_takes_no_recording(ask: Asking, anna: User) -> None:
    given = {"USER_ID": anna.id, "PHONE_NUMBER": "+79160000000", "TYPE": 2}
    id = (await ask("telephony.externalCall.register", **given)).result["CALL_ID"]
    answer = await ask(ATTACH, CALL_ID=id, FILENAME="a.mp3")
    assert answer.error == (400, "ERROR_CORE", UNFINISHED)


async def test_an_upload_may_arrive_and_its_answer_be_lost(
    portal: Portal, ask: Asking, call: str
) -> None:
    portal.fault("cut", "upload", applied=True)
    url = (await ask(ATTACH, CALL_ID=call, FILENAME="a.mp3")).result["uploadUrl"]
    form = FormData()
    form.add_field("file", SOUND, filename="a.mp3")
    with pytest.raises(ClientError):
        await ask.post(url, data=form)
    assert list(portal.state.files.values()) == [("a.mp3", SOUND)]


def said(**changed: Any) -> dict[str, Any]:
    return {"SIDE": "User", "START_TIME": 0, "STOP_TIME": 3, "MESSAGE": "Hello", **changed}


async def test_a_transcription_belongs_to_its_call(portal: Portal, ask: Asking, call: str) -> None:
    method = "telephony.call.attachTranscription"
    answer = await ask.webhook(method, CALL_ID=call, MESSAGES=[said(), said(SIDE="Client")])
    row = (await ask("voximplant.statistic.get", FILTER={"CALL_ID": call})).result[0]
    assert row["TRANSCRIPT_ID"] == str(answer.result["TRANSCRIPT_ID"])
    assert portal.calls[0].transcript == [said(), said(SIDE="Client")]


@pytest.mark.parametrize(("replaces", "messages"), [(True, 1), (False, 2)])
async def test_whether_a_transcription_replaces_is_not_known(
    portal: Portal, ask: Asking, call: str, replaces: bool, messages: int
) -> None:
    portal.doubts.transcription_replaces = replaces
    for _ in range(2):
        await ask("telephony.call.attachTranscription", CALL_ID=call, MESSAGES=[said()])
    assert len(portal.calls[0].transcript or []) == messages


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"CALL_ID": ""}, "CALL_ID should be set"),
        ({"MESSAGES": "x"}, "MESSAGES should be an array"),
        (
            {"MESSAGES": [said(SIDE="Robot")]},
            "MESSAGES[0][SIDE] should be either Client or User",
        ),
        (
            {"MESSAGES": [said(), said(START_TIME=-1)]},
            "MESSAGES[1][START_TIME] should be greater or equal to zero",
        ),
        ({"MESSAGES": [said(STOP_TIME=0)]}, "MESSAGES[0][STOP_TIME] should be greater than zero"),
        ({"MESSAGES": [said(MESSAGE="")]}, "MESSAGES[0][MESSAGE] is empty"),
        ({"CALL_ID": "x"}, "Call x is not found. Is it finished?"),
    ],
)
async def test_a_wrong_transcription_is_refused_in_these_words(
    ask: Asking, call: str, given: dict[str, Any], words: str
) -> None:
    full = {"CALL_ID": call, "MESSAGES": [said()], **given}
    answer = await ask("telephony.call.attachTranscription", **full)
    assert answer.error == (400, "ERROR_CORE", words)
