"""Calls as people read them in Odoo, and what of a call is completed after a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.crm.odoo.settings import CallSettings
from bridge.crm.odoo.words import told
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.record import Direction, Disposition, MissedReason
from tests.crm.contract import made
from tests.crm.odoo.conftest import Connect
from tests.crm.odoo.gate import Gate
from tests.crm.odoo.harness import OdooHarness
from tests.crm.odoo.looking import listed, messages, notes, recordings
from tests.lab.odoo_rpc import OdooRpc

CALL = made.call()
MISSED = replace(
    CALL,
    disposition=Disposition.MISSED,
    missed_reason=MissedReason.ABANDONED,
    answered_by=(),
    talk_seconds=None,
    wait_seconds=65.4,
    queue="sales",
    labels=("did:+74952000000", "owner", "owner's deputy", "queue:sales"),
)


@pytest.mark.parametrize(
    ("record", "language", "says"),
    [
        (
            CALL,
            "en",
            "<p><b>Inbound call, answered</b><br/>"
            "+79161234567; company number +74952000000; talked with 101; talk 0:55</p>",
        ),
        (
            MISSED,
            "en",
            "<p><b>Inbound call, missed, hung up while waiting</b><br/>"
            "+79161234567; company number +74952000000; waited 1:05; queue sales; "
            "path owner &gt; owner&#x27;s deputy</p>",
        ),
        (
            replace(CALL, direction=Direction.OUTBOUND, rating=5, needs_review=True),
            "ru",
            "<p><b>Исходящий звонок, отвечен</b><br/>"
            "+79161234567; номер компании +74952000000; говорили: 101; разговор 0:55; "
            "оценка 5; кто говорил, точно не известно</p>",
        ),
        (
            replace(made.call(None, "<b>Mallory</b>"), did=None, answered_by=()),
            "en",
            "<p><b>Inbound call, answered</b><br/>"
            "hidden number; &lt;b&gt;Mallory&lt;/b&gt;; talk 0:55</p>",
        ),
    ],
    ids=["answered", "missed", "in Russian", "hidden and hostile"],
)
@pytest.mark.proves("S0-06", "S0-08", "S0-09", "S0-21")
def test_what_is_said_of_a_call(record: object, language: str, says: str) -> None:
    assert told(record, language) == says  # type: ignore[arg-type]


@pytest.mark.proves("S0-07", "S3-17")
async def test_a_call_is_written_in_the_name_of_the_agent_at_the_time_it_was(
    connect: Connect, admin: OdooRpc
) -> None:
    crm = connect(calls=CallSettings(channel="Звонки", language="ru"))
    client = EntityRef(EntityKind.CONTACT, await made.contact(crm))
    made.made(await crm.log_call(made.call(), OdooHarness.boris, (client,), made.key()))
    (note,), (call,) = notes(admin), listed(admin)
    (channel,) = admin.rows("mail.channel", ["id", "=", call["res_id"]], fields=["name"])
    assert (note["author_id"][1], note["date"], channel["name"], note["message_id"]) == (
        "Борис",
        "2026-03-02 09:00:00",
        "Звонки",
        call["message_id"],
    )
    assert f"contact {client.id}" in call["body"]


@pytest.mark.proves("S3-19")
async def test_one_more_record_has_the_recordings_of_the_call_too(
    connect: Connect, admin: OdooRpc, tmp_path: Path
) -> None:
    crm, file = connect(), tmp_path / "rec-1.mp3"
    file.write_bytes(b"ID3")
    call = made.made(await crm.log_call(made.call(), None, (), made.key()))
    made.made(await crm.attach_recording(call, made.recording("rec-1"), file, made.key()))
    deal = EntityRef(EntityKind.DEAL, await made.deal(crm, "1"))
    for _ in range(2):
        made.made(await crm.attach_call(call, deal, made.key()))
    (note,), (sound,) = notes(admin), recordings(admin)
    assert (note["res_id"], note["attachment_ids"]) == (int(deal.id), [sound["id"]])


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_what_a_failure_left_undone_is_completed_after_a_restart(
    connect: Connect, gate: Gate, admin: OdooRpc, nth: int
) -> None:
    """Two notes and the list: the answer to the `nth` message is lost."""
    crm = connect()
    client = EntityRef(EntityKind.CONTACT, await made.contact(crm))
    deal = EntityRef(EntityKind.DEAL, await made.deal(crm, "1", contact=client.id))
    record = made.call()
    key = f"odoo/{record.call_id}/log_call/call"
    async with gate.trouble(gate.cut, ("mail.message", "load"), after=nth - 1, times=1):
        await connect().log_call(record, None, (client, deal), key)
    restarted = connect()
    done = await restarted.find(key)
    id = made.made(await restarted.log_call(record, None, (client, deal), key))
    assert (done, len(messages(admin))) == (id if nth == 3 else None, 3)


async def test_a_recording_in_a_format_of_nobody_is_refused_in_words(
    connect: Connect, tmp_path: Path
) -> None:
    crm, file = connect(), tmp_path / "rec-1.gsm"
    file.write_bytes(b"x")
    call = made.made(await crm.log_call(made.call(), None, (), made.key()))
    outcome = await crm.attach_recording(call, made.recording("rec-1"), file, made.key())
    assert "mp3" in outcome.detail
