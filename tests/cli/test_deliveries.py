"""`asterisk-bridge deliveries` and `calls`, on a store that a daemon has left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from bridge.domain.application import Application
from bridge.domain.commands import Outcome
from bridge.domain.ports import CrmNeedsLogin, CrmUnavailable
from bridge.domain.record import CallRecord
from bridge.storage.store import open_store
from tests.outbox.conftest import Desk, StillClock
from tests.outbox.fake_crm import LOST, REFUSED, FakeCrm, Silence
from tests.rules.office import CLIENT, call

Run = Callable[..., Result]
Answers = Iterable[Outcome | Silence | None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
def run(file: Path) -> Run:
    def run(*words: str) -> Result:
        group, *rest = words
        return CliRunner().invoke(main, [group, "--store", str(file), *rest])

    return run


def delivered(file: Path, crm: FakeCrm, *records: CallRecord, answers: Answers = ()) -> None:
    """The daemon took these calls, carried them a few times, and went."""
    crm.answers.extend(answers)

    async def carry() -> None:
        async with open_store(str(file), daemon=True) as store:
            clock = StillClock()
            clock.move(datetime.now(UTC) - clock.now())
            desk = Desk(store, crm, clock)
            await desk.finish(*records)
            for _ in range(3):
                await desk.deliver_in(timedelta(minutes=20))

    asyncio.run(carry())


def test_what_is_done_is_not_in_the_list_of_what_is_left(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call())
    assert run("deliveries", "list").output.splitlines()[1:] == []


@pytest.mark.proves("S4-13")
def test_of_one_call_everything_is_listed(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call())
    lines = run("deliveries", "list", "--call", "pbx-1.1", "--json").output.splitlines()
    assert [json.loads(line)["recording"] for line in lines] == [None, "r1"]


def test_an_application_is_called_so(file: Path, run: Run) -> None:
    async def apply() -> None:
        async with open_store(str(file), daemon=True) as store:
            now = datetime.now(UTC)
            sent = Application(id="42", source="site", received_at=now)
            await store.apply(sent, ["crm"], now=now)

    asyncio.run(apply())
    assert "application 42 to crm" in run("deliveries", "show", "1").output


@pytest.mark.proves("S4-13", "S4-41")
def test_a_parked_delivery_says_what_to_do(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call(), answers=[REFUSED])
    output = run("deliveries", "show", "1").output
    assert "Correct what it names: there, in the configuration, or here" in output
    assert ("deliveries edit 1" in output, "deliveries retry 1" in output) == (True, True)
    assert "The CRM said: no such pipeline" in output


def test_the_plan_and_every_attempt_are_shown(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call(), answers=[REFUSED])
    shown = json.loads(run("deliveries", "show", "1", "--json").output)
    assert [item["state"] for item in shown["plan"]] == ["parked", "planned"]
    assert [item["verdict"] for item in shown["attempts"]] == ["refused"]


def test_what_is_corrected_is_sent_again(file: Path, run: Run) -> None:
    crm = FakeCrm()
    delivered(file, crm, call(), answers=[REFUSED])
    assert run("deliveries", "retry", "1").exit_code == 0
    delivered(file, crm)
    assert (crm.places(), crm.attached) == (["lead 1"], [("2", "r1.wav")])


@pytest.mark.proves("S3-34", "S3-36")
def test_what_a_person_has_edited_is_what_is_sent_and_who_did_it_is_kept(
    file: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "vera")
    crm = FakeCrm()
    delivered(file, crm, call(), answers=[REFUSED])
    assert run("deliveries", "edit", "1", "--set", "create_lead.title=New").exit_code == 0
    run("deliveries", "retry", "1")
    delivered(file, crm)
    assert [lead.title for lead in crm.leads.values()] == ["New"]
    shown = json.loads(run("deliveries", "show", "1", "--json").output)["attempts"]
    (edited,) = [item for item in shown if item["verdict"] == "edited"]
    assert (edited["asked"], edited["detail"][:13]) == (
        "edit crm/pbx-1.1/create_lead/lead",
        "vera: title: ",
    )


def test_an_editor_shows_the_plan_and_takes_it_back(
    file: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/u101/u102/")
    crm = FakeCrm()
    delivered(file, crm, call(), answers=[REFUSED])
    assert "is changed" in run("deliveries", "edit", "1").output
    run("deliveries", "retry", "1")
    delivered(file, crm)
    assert [user for _, user, _ in crm.calls.values()] == ["u102"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("1", "--set", "create_lead.titel=x"), "there is no titel"),
        (("1", "--set", "title=x"), "the commands are"),
        (("9", "--set", "create_lead.title=x"), "there is no delivery 9"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_in_words(
    words: tuple[str, ...], why: str, file: Path, run: Run
) -> None:
    delivered(file, FakeCrm(), call(), answers=[REFUSED])
    result = run("deliveries", "edit", *words)
    assert (result.exit_code, why in result.output) == (1, True)


def test_what_was_sent_cannot_be_edited(file: Path, run: Run) -> None:
    silent_crm(file, LOST)
    result = run("deliveries", "edit", "1", "--set", "create_lead.title=x")
    assert "was sent: correct it in the CRM" in result.output


def test_what_is_done_is_corrected_in_the_crm(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call())
    result = run("deliveries", "edit", "1", "--set", "create_lead.title=x")
    told = "what is done cannot be edited: correct it in the CRM" in result.output
    assert (result.exit_code, told) == (1, True)


def test_all_that_is_parked_may_be_sent_again_at_once(file: Path, run: Run) -> None:
    crm = FakeCrm()
    delivered(file, crm, call(), call(call_id="pbx-2.2"), answers=[REFUSED, REFUSED])
    assert run("deliveries", "retry", "--parked").exit_code == 0
    delivered(file, crm)
    assert len(crm.calls) == 2


def away_for_weeks(file: Path, crm: FakeCrm, *records: CallRecord) -> None:
    """These calls ended, and the CRM did not answer for longer than anything is tried. Calls of one
    client are tried one after the other, each for three days."""

    async def carry() -> None:
        async with open_store(str(file), daemon=True) as store:
            desk = Desk(store, crm, StillClock())
            for record in records:
                await store.finish(record, ["crm", "erp"], now=desk.clock.now())
            crm.reads.extend(CrmUnavailable("502") for _ in range(100))
            for _ in range(5 * len(records)):
                await desk.deliver_in(timedelta(days=1))
            crm.reads.clear()

    asyncio.run(carry())


@pytest.mark.proves("S4-11", "S4-39")
def test_after_a_long_outage_one_command_brings_a_destination_everything_in_order(
    file: Path, run: Run
) -> None:
    crm = FakeCrm()
    ids = [f"pbx-{number}.1" for number in range(1, 6)]
    away_for_weeks(file, crm, *(call(call_id=id, recordings=()) for id in ids))
    parked = run("deliveries", "list", "--state", "parked", "--json").output.splitlines()
    again = run("deliveries", "retry", "--parked", "--destination", "crm")
    delivered(file, crm)
    assert ([json.loads(line)["reason"] for line in parked], again.exit_code) == (
        ["gave_up"] * 5,
        0,
    )
    told = [record.call_id for record, _, _ in crm.calls.values()]
    assert (told, len(crm.leads), crm.doubled()) == (ids, 1, [])


def test_what_another_destination_left_stays_as_it_is(file: Path, run: Run) -> None:
    crm = FakeCrm()
    away_for_weeks(file, crm, call(recordings=()))
    run("deliveries", "retry", "--parked", "--destination", "erp")
    delivered(file, crm)
    assert crm.calls == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("list", "--destination", "nocrm"), "nothing is listed for nocrm; deliveries are for:"),
        (("retry", "--parked", "--destination", "nocrm"), "nothing is parked for nocrm;"),
    ],
    ids=["list", "retry"],
)
def test_a_destination_that_has_nothing_is_said_with_those_that_are(
    file: Path, run: Run, words: tuple[str, ...], told: str
) -> None:
    delivered(file, FakeCrm(), call(), answers=[REFUSED])
    result = run("deliveries", *words)
    said = told in result.stderr, result.stderr.endswith(" deliveries are for: crm\n")
    assert (result.exit_code, said) == (0, (True, True)), result.output


def silent_crm(file: Path, answer: Silence) -> FakeCrm:
    crm = FakeCrm()
    crm.can_find = False
    delivered(file, crm, call(), answers=[answer])
    return crm


def test_a_write_of_unknown_fate_says_what_to_look_for(file: Path, run: Run) -> None:
    silent_crm(file, LOST)
    assert "--made crm/pbx-1.1/create_lead/lead=ITS-ID" in run("deliveries", "show", "1").output


def test_a_write_that_a_person_found_in_the_crm_is_not_repeated(file: Path, run: Run) -> None:
    crm = silent_crm(file, LOST)
    run("deliveries", "retry", "1", "--made", "crm/pbx-1.1/create_lead/lead=1")
    delivered(file, crm)
    assert (crm.doubled(), crm.places()) == ([], ["lead 1"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("1", "--made", "crm/pbx-1.1/create_laed/lead=1"), "are: crm/pbx-1.1/create_lead/lead"),
        (("1", "--made", "crm/pbx-1.1/log_call/call=1"), "are: crm/pbx-1.1/create_lead/lead"),
    ],
)
def test_a_key_that_nobody_asks_about_is_refused_with_those_that_are(
    file: Path, run: Run, words: tuple[str, ...], told: str
) -> None:
    silent_crm(file, LOST)
    result = run("deliveries", "retry", *words)
    assert (result.exit_code, told in result.output) == (1, True)
    assert "create_lead: sent" in plan_of(run)


def plan_of(run: Run) -> list[str]:
    plan = json.loads(run("deliveries", "show", "1", "--json").output)["plan"]
    return [f"{item['command']['command']}: {item['state']}" for item in plan]


def test_a_write_that_a_person_did_not_find_is_sent_again(file: Path, run: Run) -> None:
    crm = silent_crm(file, Silence.NEVER_CAME)
    run("deliveries", "retry", "1", "--absent")
    delivered(file, crm)
    assert crm.places() == ["lead 1"]


def test_a_dropped_call_takes_its_recordings_with_it(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call(), answers=[REFUSED])
    run("deliveries", "drop", "1")
    lines = run("deliveries", "list", "--state", "dropped", "--json").output.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2]


def test_a_destination_that_refuses_our_login_is_told(file: Path, run: Run) -> None:
    crm = FakeCrm()
    crm.reads.extend(CrmNeedsLogin("the token\nhas run out") for _ in range(9))
    delivered(file, crm, call())
    assert "It said: the token has run out" in run("deliveries", "list").output


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["deliveries", "show", "9"], 1, "there is no delivery 9"),
        (["deliveries", "retry", "9"], 1, "there is no delivery 9"),
        (["deliveries", "retry", "1"], 1, "what is done cannot be sent again"),
        (["deliveries", "drop", "1"], 1, "what is done cannot be dropped"),
        (["deliveries", "retry"], 2, "name the deliveries"),
        (["deliveries", "retry", "1", "--made", "x"], 2, "'x' is no KEY=ID"),
        (["deliveries", "retry", "1", "2", "--made", "x=1"], 2, "--made speaks of one delivery"),
        (["deliveries", "show", "9" * 40], 2, "is not in the range"),
        (["deliveries", "edit", "1", "--set", "=x"], 1, "is no COMMAND.FIELD=VALUE"),
        (["calls", "show", "pbx-9.9"], 1, "there is no call pbx-9.9"),
    ],
)
def test_what_cannot_be_done_is_told(
    file: Path, run: Run, words: list[str], code: int, told: str
) -> None:
    delivered(file, FakeCrm(), call())
    result = run(*words)
    assert (result.exit_code, told in result.output) == (code, True)


def test_without_a_store_the_way_to_one_is_told(run: Run) -> None:
    result = run("deliveries", "list")
    assert (result.exit_code, "asterisk-bridge run" in result.output) == (2, True)


def test_the_store_of_the_configuration_is_used(tmp_path: Path) -> None:
    config = tmp_path / "none.yml"
    result = CliRunner().invoke(main, ["calls", "-c", str(config), "list"], env={})
    assert (result.exit_code, "--store" in result.output) == (2, True)


def test_calls_are_listed_with_their_numbers_masked(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call())
    output = run("calls", "list").output
    assert "pbx-1.1" in output
    assert CLIENT not in output


def test_a_client_is_found_by_a_number_as_people_write_it(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), call())
    output = run("calls", "list", "--client", "8 (916) 123-45-67", "--json").output
    assert CallRecord.from_json(json.loads(output)).call_id == "pbx-1.1"


def _with_a_path() -> CallRecord:
    labels = ("did:+74951234501", "owner")
    return call(labels=labels, wait_seconds=4.2, started_at=datetime(2026, 1, 5, 9, tzinfo=UTC))


@pytest.mark.proves("S0-23")
def test_a_person_compares_the_paths(file: Path, run: Run) -> None:
    delivered(file, FakeCrm(), _with_a_path())
    _, row = run("calls", "paths").output.splitlines()
    assert row.split("  ")[0] == "did:+74951234501 > owner"
    assert row.split()[-5:] == ["1", "1", "100%", "4.2s", "-"]
    [told] = run("calls", "paths", "--since", "2020-01-01", "--json").output.splitlines()
    assert json.loads(told)["share"] == 1.0
