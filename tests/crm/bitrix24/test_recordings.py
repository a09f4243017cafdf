"""The recording of a call: one file, attached once, sent again when an answer was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.commands import Verdict
from tests.crm.bitrix24.conftest import Connect
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal


@pytest.fixture
def mp3(tmp_path: Path) -> Path:
    file = tmp_path / "talk.mp3"
    file.write_bytes(b"ID3 a conversation")
    return file


@pytest.fixture
async def call(crm: Bitrix24) -> str:
    return made.made(await crm.log_call(made.call(), "1", (), made.key()))


@pytest.mark.proves("S3-18", "S1-28")
async def test_a_long_recording_is_uploaded_whole(
    crm: Bitrix24, portal: Portal, call: str, tmp_path: Path
) -> None:
    file = tmp_path / "long.wav"
    file.write_bytes(bytes(range(256)) * 40_000)
    id = made.made(await crm.attach_recording(call, made.recording("r1"), file, made.key()))
    assert portal.state.files[int(id)] == ("long.wav", bytes(range(256)) * 40_000)


@pytest.mark.proves("S3-18")
@pytest.mark.parametrize("method", ["telephony.externalCall.attachRecord", "upload"])
@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_leaves_one_file(
    crm: Bitrix24, portal: Portal, call: str, mp3: Path, method: str, applied: bool
) -> None:
    portal.fault("cut", method, applied=applied)
    key = made.key()
    first = await crm.attach_recording(call, made.recording("r1"), mp3, key)
    made.made(await crm.attach_recording(call, made.recording("r1"), mp3, key))
    assert (first.verdict, len(portal.state.files)) == (Verdict.UNCLEAR, 1)


@pytest.mark.parametrize("restarted", [False, True])
async def test_its_key_tells_after_a_restart_whether_the_file_is_there(
    connect: Connect, portal: Portal, mp3: Path, restarted: bool
) -> None:
    crm, record = connect(), made.call()
    call = made.made(await crm.log_call(record, "1", (), made.key()))
    key = f"crm/{record.call_id}/attach_recording/r1"
    before = await crm.find(key)
    id = made.made(await crm.attach_recording(call, made.recording("r1"), mp3, key))
    assert (before, await (connect() if restarted else crm).find(key)) == (None, id)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_second_recording_never_takes_the_place_of_the_first(
    crm: Bitrix24, connect: Connect, portal: Portal, call: str, mp3: Path, restarted: bool
) -> None:
    made.made(await crm.attach_recording(call, made.recording("r1"), mp3, made.key()))
    later = connect() if restarted else crm
    second = await later.attach_recording(call, made.recording("r2"), mp3, made.key())
    assert (second.verdict, "one recording" in second.detail, len(portal.state.files)) == (
        Verdict.REFUSED,
        True,
        1,
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("talk.ogg", b"OggS", "mp3 and wav"), ("talk.mp3", b"", "is empty")],
)
async def test_a_file_that_the_portal_does_not_take_is_told_in_words(
    crm: Bitrix24, call: str, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    outcome = await crm.attach_recording(call, made.recording("r1"), file, made.key())
    assert (outcome.verdict, told in outcome.detail) == (Verdict.REFUSED, True)
