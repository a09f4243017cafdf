"""Recordings over HTTP: the API, signed links, and whoever tries to get what is not his."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.record import Recording, RecordingState
from bridge.web.settings import WebSettings
from tests.web.conftest import Office, finished

RECORD = finished()
CALL = RECORD.call_id


def link(office: Office, recording: str = "rec-1", **passed: float) -> str:
    """A link given away so long ago."""
    assert office.room.links is not None
    return office.room.links.url(CALL, recording, datetime.now(UTC) - timedelta(**passed))


@pytest.mark.proves("S2-51")
async def test_the_api_tells_each_recording_of_a_call_and_where_its_sound_is(
    office: Office,
) -> None:
    lost = Recording(id="rec-2", state=RecordingState.MISSING)
    office.store(replace(RECORD, recordings=(*RECORD.recordings, lost)))
    office.calls.told[CALL, "rec-2"] = "the PBX never wrote the file"
    status, text = await office.get(f"/api/v1/calls/{CALL}/recordings")
    first, second = json.loads(text)["recordings"]
    assert (status, first["state"], first["detail"]) == (200, "ready", "")
    assert (second["href"], second["detail"]) == (None, "the PBX never wrote the file")
    async with office.session.get(office.address + first["href"]) as answer:
        assert (answer.status, await answer.read()) == (200, office.sound)


@pytest.mark.proves("S2-31")
async def test_a_person_sees_why_there_is_no_sound(office: Office) -> None:
    lost = Recording(id="rec-1", state=RecordingState.UNREADABLE)
    office.store(replace(RECORD, recordings=(lost,)))
    office.calls.told[CALL, "rec-1"] = "the web server answers 401"
    _, text = await office.get(f"/calls/{CALL}")
    assert ("cannot be read" in text, "the web server answers 401" in text) == (True, True)


async def test_an_erased_recording_has_no_player(office: Office) -> None:
    gone = replace(RECORD.recordings[0], file=None, state=RecordingState.DELIVERED)
    office.store(replace(RECORD, recordings=(gone,)))
    _, text = await office.get("/")
    assert ("<audio" in text, "was erased" in text) == (False, True)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/calls/nobody/recordings",
        "/api/v1/calls/nobody/recordings/rec-1",
        f"/api/v1/calls/{CALL}/recordings/rec-2",
        f"/api/v1/calls/{CALL}/recordings/..%2f..%2f..%2fetc%2fpasswd",
        f"/api/v1/calls/{CALL}/recordings/%2fetc%2fpasswd",
        f"/api/v1/calls/{CALL}/recordings/%00",
    ],
)
async def test_what_is_no_recording_of_the_call_is_not_found(office: Office, path: str) -> None:
    office.store(RECORD)
    assert (await office.get(path))[0] == 404


async def test_a_link_gives_the_sound_and_parts_of_it(office: Office) -> None:
    office.store(RECORD)
    address = office.address + link(office)
    async with office.session.get(address, headers={"Range": "bytes=44-143"}) as answer:
        part = await answer.read()
    assert (answer.status, answer.content_type, part) == (206, "audio/wav", office.sound[44:144])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("good", 200),
        ("with the kind of its sound", 200),
        ("expired", 403),
        ("of another recording", 403),
        ("without a signature", 403),
        ("of a recording that is gone", 410),
    ],
)
async def test_a_link_opens_what_it_was_signed_for(office: Office, path: str, status: int) -> None:
    office.store(RECORD)
    good = link(office)
    paths = {
        "good": good,
        "with the kind of its sound": good.replace("?", ".wav?"),
        "expired": link(office, hours=2),
        "of another recording": good.replace("rec-1", "rec-2"),
        "without a signature": good.partition("?")[0],
        "of a recording that is gone": link(office, "rec-9"),
    }
    async with office.session.get(office.address + paths[path]) as answer:
        assert answer.status == status


class TestPublicName:
    """What is answered under the name that the CRM's people use."""

    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings(port=0, public_url="https://calls.example/", names=("desk.example",))

    @pytest.mark.parametrize(
        ("host", "path", "status"),
        [
            ("calls.example", "link", 200),
            ("calls.example", "/", 421),
            ("calls.example", f"/api/v1/calls/{CALL}", 421),
            ("calls.example", "/shared/../api/v1/calls", 421),
            ("desk.example", "/", 200),
        ],
    )
    async def test_only_links_are(self, office: Office, host: str, path: str, status: int) -> None:
        office.store(RECORD)
        given = link(office) if path == "link" else path
        async with office.session.get(office.address + given, headers={"Host": host}) as answer:
            assert answer.status == status
