"""The call list: one row for a call, the entities it is shown on, and its recordings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, Crm
from bridge.domain.record import Recording, RecordingState
from tests.crm.contract import made
from tests.crm.contract.harness import Harness

NEEDS = Capability.CALLS

RECORDING = Recording(id="rec-1", state=RecordingState.READY)


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    file = tmp_path / "rec-1.wav"
    file.write_bytes(b"RIFF")
    return file


@pytest.mark.needs(Capability.FIND)
@pytest.mark.proves("S3-17", "S0-01", "S1-18")
async def test_a_call_of_a_stranger_is_logged_on_nothing(harness: Harness, crm: Crm) -> None:
    key = made.key()
    id = made.made(await crm.log_call(made.call(made.STRANGER), harness.anna, (), key))
    assert await crm.find(key) == id


@pytest.mark.needs(Capability.CONTACTS, Capability.DEALS)
@pytest.mark.proves("S3-17", "S0-03", "S1-20")
async def test_a_call_is_logged_on_the_entities_it_belongs_to(harness: Harness, crm: Crm) -> None:
    contact = EntityRef(EntityKind.CONTACT, await made.contact(crm))
    deal = EntityRef(EntityKind.DEAL, await made.deal(crm, harness.pipeline, contact=contact.id))
    outcome = await crm.log_call(made.call(), harness.anna, (contact, deal), made.key())
    assert outcome.verdict is Verdict.ACCEPTED


async def test_a_call_of_a_hidden_number_without_a_user_is_logged_too(crm: Crm) -> None:
    outcome = await crm.log_call(made.call(None), None, (), made.key())
    assert outcome.verdict is Verdict.ACCEPTED


async def test_a_hostile_caller_name_is_only_a_name(crm: Crm) -> None:
    record = made.call(name="'); DROP TABLE calls;--\r\n<script>alert(1)</script>\x00")
    assert (await crm.log_call(record, None, (), made.key())).verdict is Verdict.ACCEPTED


async def test_the_same_call_logged_under_two_keys_is_one_call(crm: Crm) -> None:
    record = made.call()
    ids = {made.made(await crm.log_call(record, None, (), made.key())) for _ in range(2)}
    assert len(ids) == 1


@pytest.mark.needs(Capability.CONTACTS)
@pytest.mark.parametrize("entity", [EntityRef(kind, "424242") for kind in EntityKind])
async def test_a_call_on_an_entity_that_is_not_there_is_refused(
    crm: Crm, entity: EntityRef
) -> None:
    outcome = await crm.log_call(made.call(), None, (entity,), made.key())
    assert outcome.verdict is Verdict.REFUSED


@pytest.mark.needs(Capability.RECORDINGS, Capability.FIND)
@pytest.mark.proves("S3-18", "S1-28")
async def test_a_recording_is_attached_to_the_call_once(crm: Crm, wav: Path) -> None:
    call = made.made(await crm.log_call(made.call(), None, (), made.key()))
    key = made.key("attach_recording")
    ids = {made.made(await crm.attach_recording(call, RECORDING, wav, key)) for _ in range(2)}
    assert ids == {await crm.find(key)}


@pytest.fixture
async def address(wav: Path) -> AsyncIterator[str]:
    """Where the recording can be fetched."""
    app = web.Application()
    app.router.add_static("/recordings", wav.parent)
    async with TestServer(app) as server:
        yield str(server.make_url(f"/recordings/{wav.name}"))


@pytest.mark.needs(Capability.RECORDINGS)
@pytest.mark.proves("S3-18")
async def test_a_recording_may_be_given_by_its_address(crm: Crm, address: str) -> None:
    call = made.made(await crm.log_call(made.call(), None, (), made.key()))
    outcome = await crm.attach_recording(call, RECORDING, address, made.key())
    assert outcome.verdict is Verdict.ACCEPTED


@pytest.mark.needs(Capability.RECORDINGS, Capability.FIND)
async def test_a_recording_without_its_file_or_its_call_is_refused(
    crm: Crm, wav: Path, tmp_path: Path
) -> None:
    call = made.made(await crm.log_call(made.call(), None, (), made.key()))
    lost = await crm.attach_recording(call, RECORDING, tmp_path / "gone.wav", made.key())
    astray = await crm.attach_recording("424242", RECORDING, wav, made.key())
    assert (lost.verdict, astray.verdict) == (Verdict.REFUSED, Verdict.REFUSED)


@pytest.mark.needs(Capability.CONTACTS, Capability.LEADS)
@pytest.mark.proves("S3-19", "S1-12", "S1-14", "S1-21", "S1-30")
@pytest.mark.parametrize("kind", list(EntityKind))
async def test_a_call_is_attached_to_one_more_entity(
    harness: Harness, crm: Crm, kind: EntityKind
) -> None:
    ids = {
        EntityKind.CONTACT: made.contact(crm),
        EntityKind.COMPANY: made.company(crm),
        EntityKind.DEAL: made.deal(crm, harness.pipeline),
        EntityKind.LEAD: _lead(crm),
    }
    entity = EntityRef(kind, [await id for id in ids.values()][list(ids).index(kind)])
    call = made.made(await crm.log_call(made.call(), None, (), made.key()))
    assert (await crm.attach_call(call, entity, made.key())).verdict is Verdict.ACCEPTED


async def _lead(crm: Crm) -> str:
    return made.made(await crm.create_lead(made.lead(), made.key()))
