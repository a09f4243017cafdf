"""What was said in a call: attached once, and found again when an answer was lost."""

from __future__ import annotations

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.commands import Verdict
from bridge.domain.transcription import Line, Lines, Side
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.office import Office
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal

METHOD = "telephony.call.attachTranscription"
SAID: Lines = (
    Line(side=Side.AGENT, begins=0, ends=0.4, text="Romashka, hello"),
    Line(side=Side.CLIENT, begins=2.6, ends=6.2, text="Is my order ready?"),
)
WRITTEN = [
    {"SIDE": "User", "START_TIME": 0, "STOP_TIME": 1, "MESSAGE": "Romashka, hello"},
    {"SIDE": "Client", "START_TIME": 2, "STOP_TIME": 6, "MESSAGE": "Is my order ready?"},
]


async def test_it_follows_its_call_into_the_portal(office: Office) -> None:
    call = await office.call()
    assert call
    assert call.external_id
    await office.store.transcribe(call.external_id, SAID, now=office.clock.now())
    await office.deliver()
    assert (call.transcript, await office.states()) == (WRITTEN, {"done"})


async def test_one_that_comes_before_its_call_is_delivered_waits_for_it(office: Office) -> None:
    office.portal.fault("server_error", times=None)
    await office.call()
    call_id = "pbx-1790000001.1"
    await office.store.transcribe(call_id, SAID, now=office.clock.now())
    office.portal.faults.lift()
    await office.deliver()
    (call,) = office.portal.calls
    assert (call.external_id, call.transcript) == (call_id, WRITTEN)


@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_leaves_one(
    crm: Bitrix24, connect: Connect, portal: Portal, applied: bool
) -> None:
    record = made.call()
    call = made.made(await crm.log_call(record, "1", (), made.key()))
    key = f"crm/{record.call_id}/attach_transcription/call"
    portal.state.doubts.transcription_replaces = False
    portal.fault("cut", METHOD, applied=applied)
    lost = await crm.attach_transcription(call, SAID, key)
    found = await connect().find(key)
    made.made(await connect().attach_transcription(call, SAID, key))
    assert (lost.verdict, found is not None) == (Verdict.UNCLEAR, applied)
    assert portal.state.calls[call].transcript == WRITTEN


async def test_one_of_a_call_that_is_not_there_is_refused(crm: Bitrix24) -> None:
    outcome = await crm.attach_transcription("externalCall.424242", SAID, made.key())
    assert outcome.verdict is Verdict.REFUSED
