"""The recording of a call: one file, attached once, sent again when an answer was lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.settings import FurtherSettings
from bridge.domain.commands import Verdict
from bridge.domain.record import Direction
from bridge.outbox.carrier import LEASE
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.office import CLIENT, Office
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


@pytest.fixture
async def clients_call(crm: Bitrix24, portal: Portal) -> tuple[str, str]:
    """Our id of a call of a contact, and the portal's."""
    record = made.call()
    on = made.ref("contact", str(portal.add("contact", made.CLIENT)))
    return record.call_id, made.made(await crm.log_call(record, "1", (on,), made.key()))


def kept(portal: Portal, call: str) -> tuple[bytes, list[bytes]]:
    """What the call's own place has, and what the comments have."""
    files = portal.state.files
    comments = [int(id) for row in portal.state.comments.values() for id in row["FILES"]]
    return files[portal.state.calls[call].record or 0][1], [files[id][1] for id in comments]


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("command", ["attach_recording", "attach_further_recording"])
async def test_a_second_recording_is_a_comment_and_never_takes_the_place_of_the_first(
    crm: Bitrix24,
    connect: Connect,
    portal: Portal,
    clients_call: tuple[str, str],
    tmp_path: Path,
    restarted: bool,
    command: str,
) -> None:
    (call_id, call), first, second = clients_call, tmp_path / "1.mp3", tmp_path / "2.mp3"
    first.write_bytes(b"ID3 first")
    second.write_bytes(b"ID3 second")
    made.made(await crm.attach_recording(call, made.recording("r1"), first, made.key()))
    later = connect() if restarted else crm
    key = f"crm/{call_id}/{command}/r2"
    made.made(await later.attach_recording(call, made.recording("r2"), second, key))
    assert kept(portal, call) == (b"ID3 first", [b"ID3 second"])


@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_to_a_further_recording_leaves_one_comment(
    crm: Bitrix24,
    connect: Connect,
    portal: Portal,
    clients_call: tuple[str, str],
    mp3: Path,
    applied: bool,
) -> None:
    call_id, call = clients_call
    made.made(await crm.attach_recording(call, made.recording("r1"), mp3, made.key()))
    key = f"crm/{call_id}/attach_further_recording/r2"
    portal.fault("cut", "crm.timeline.comment.add", applied=applied)
    lost = await crm.attach_recording(call, made.recording("r2"), mp3, key)
    found = await connect().find(key)
    made.made(await connect().attach_recording(call, made.recording("r2"), mp3, key))
    assert (lost.verdict, found is not None, len(portal.state.comments)) == (
        Verdict.UNCLEAR,
        applied,
        1,
    )


async def test_a_further_recording_may_be_an_address(
    crm: Bitrix24, portal: Portal, clients_call: tuple[str, str]
) -> None:
    call_id, call = clients_call
    key, address = f"crm/{call_id}/attach_further_recording/r2", "https://calls.example/shared/2"
    id = made.made(await crm.attach_recording(call, made.recording("r2"), address, key))
    assert portal.state.comments[int(id)]["COMMENT"].endswith(f"\n{address}")


@pytest.mark.proves("S3-18")
async def test_a_clicked_calls_recording_is_there_once_when_the_daemon_dies_before_the_answer(
    office: Office, connect: Connect, portal: Portal
) -> None:
    portal.add("contact", CLIENT, NAME="Ivan")
    click = portal.click(portal.users[0], CLIENT)
    record = office._record(Direction.OUTBOUND)
    await office.store.clicked("crm", record.call_id, click.call_id, now=office.clock.now())
    await office.store.finish(record, ["crm"], now=office.clock.now())
    portal.fault("cut", "upload", applied=True)
    while click.record is None:
        await deliver_once(office)
    again = Office(office.store, connect(), portal, office.folder)
    again.clock.move(office.clock.now() - again.clock.now())
    await again.deliver()
    assert (len(portal.state.files), portal.state.comments, await again.states()) == (
        1,
        {},
        {"done"},
    )


async def deliver_once(office: Office) -> None:
    office.clock.move(timedelta(hours=1))
    now = office.clock.now()
    leased = await office.store.lease("crm", "w", now=now, until=now + LEASE, limit=10)
    for work in leased.works:
        await office._carrier.carry(work)


NO_PLACE = {
    "no client": ("no client", {}),
    "too large": ("more than", {"further": FurtherSettings(megabytes=0.000001)}),
}


@pytest.mark.parametrize("why", NO_PLACE)
async def test_what_has_no_place_is_told_in_words_and_asks_nobody_to_act(
    connect: Connect, portal: Portal, mp3: Path, why: str
) -> None:
    words, settings = NO_PLACE[why]
    crm, contact = connect(**settings), str(portal.add("contact", made.CLIENT))
    hidden = made.call(None if why == "no client" else made.CLIENT)
    on = () if why == "no client" else (made.ref("contact", contact),)
    call = made.made(await crm.log_call(hidden, "1", on, made.key()))
    made.made(await crm.attach_recording(call, made.recording("r1"), mp3, made.key()))
    key = f"crm/{hidden.call_id}/attach_further_recording/r2"
    outcome = await crm.attach_recording(call, made.recording("r2"), mp3, key)
    assert (outcome.verdict, outcome.result, words in outcome.detail) == (
        Verdict.ACCEPTED,
        None,
        True,
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
