"""`asterisk-bridge replay`: what a sysadmin sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.cli import main
from bridge.storage import engine
from tests.tracker.recorded import CALLS

GROUP = CALLS / "group_answered" / "capture.ami"
INSIDE = CALLS / "internal_answered" / "capture.ami"
TRUNK = ["--trunk", "PJSIP/trunk-*"]
CONFIG = """\
folder: {folder}
pbx: [{{name: office, username: bridge, secret: jk3h4k2j3h4, trunks: ["PJSIP/trunk-*"]}}]
destinations: [{{crm: {{kind: builtin, file: {crm}}}}}]
"""


def replay(*words: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, words)], input=stdin)


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_record_a_line_and_nothing_but_the_file_is_needed() -> None:
    result = replay(*TRUNK, GROUP)
    (record,) = rows(result)
    assert (result.exit_code, record["responsible"]) == (0, "102")


def test_standard_input_reads_the_same() -> None:
    assert rows(replay(*TRUNK, "-", stdin=GROUP.read_bytes())) == rows(replay(*TRUNK, GROUP))


def test_a_capture_of_ari_is_told_by_itself() -> None:
    """From a file and from standard input; its damage by offset, too."""
    ari = GROUP.with_name("capture.ari")
    damaged = replay(*TRUNK, "-", stdin=b'{"type":"Dial"}\n' + ari.read_bytes())
    assert [one["responsible"] for one in rows(replay(*TRUNK, ari))] == ["102"]
    assert rows(damaged) == rows(replay(*TRUNK, ari))
    assert "-: byte 0: a channel without id or name" in damaged.stderr


def test_each_file_is_a_world_of_its_own() -> None:
    assert len(rows(replay(*TRUNK, GROUP, GROUP))) == 2


@pytest.mark.parametrize(("trunk", "capture"), [("PJSIP/no-*", GROUP), ("PJSIP/trunk-*", INSIDE)])
def test_a_capture_without_a_client_says_what_to_look_at(trunk: str, capture: Path) -> None:
    result = replay("--trunk", trunk, capture)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no call with a client, 1 inside the company: --internal shows" in result.stderr


@pytest.mark.proves("S1-24")
def test_calls_inside_the_company_are_shown_only_when_asked_for() -> None:
    shown = rows(replay("--internal", *TRUNK, INSIDE))
    assert rows(replay(*TRUNK, INSIDE)) == []
    assert [(r["direction"], r["client"]["number"]) for r in shown] == [("internal", None)]


def test_a_file_that_is_not_there_is_told_and_the_others_are_read() -> None:
    result = replay(*TRUNK, "/nowhere", GROUP)
    assert (result.exit_code, len(rows(result))) == (0, 1)
    assert "/nowhere: cannot be read" in result.stderr


def test_nothing_readable_is_exit_code_two() -> None:
    assert replay("/nowhere").exit_code == 2


@pytest.mark.parametrize(
    "text", ["# A page\n\nWith words.\n", '{\n  "name": "x"\n}\n', "\0\xff\n\n"]
)
def test_a_file_that_is_no_capture_at_all_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "README.md"
    file.write_text(text)
    result = replay(*TRUNK, file)
    told = f"{file}: cannot be read: this is no capture of AMI or ARI: `asterisk-bridge capture`"
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == told + " records one\n"


@pytest.mark.parametrize("stream", [b"", b"Asterisk Call", b'{"ty', b'{"type":"StasisEnd"}\n'])
def test_a_capture_of_nothing_yet_is_one_without_calls(stream: bytes) -> None:
    result = replay(*TRUNK, "-", stdin=stream)
    assert (result.exit_code, "no call with a client" in result.stderr) == (0, True)


def test_a_store_that_is_not_read_needs_no_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    config = tmp_path / "bridge.yml"
    there = CONFIG.format(folder=tmp_path, crm=tmp_path / "crm.db")
    config.write_text(f"{there}store: {{url: 'postgresql://bridge@127.0.0.1/bridge'}}\n")
    result = replay("-c", config, GROUP)
    assert (result.exit_code, len(rows(result))) == (0, 1), result.stderr


def test_a_regular_expression_without_a_group_says_what_to_write() -> None:
    result = replay("--extension", "PJSIP", GROUP)
    assert (result.exit_code, "put parentheses around the extension" in result.stderr) == (2, True)


def test_damage_is_told_with_its_byte_and_costs_nothing_else(tmp_path: Path) -> None:
    capture = GROUP.read_bytes()
    middle = capture.index(b"Event: DialBegin")
    file = tmp_path / "damaged.ami"
    file.write_bytes(capture[:middle] + b"\x00\xffnoise\r\n\r\n" + capture[middle:])
    result = replay(*TRUNK, file)
    assert rows(result) == rows(replay(*TRUNK, GROUP))
    assert f"byte {middle}: neither an event nor a response" in result.stderr


@given(st.integers(0, GROUP.stat().st_size))
@settings(max_examples=60)
def test_a_capture_cut_anywhere_is_read_to_the_cut(cut: int) -> None:
    result = replay(*TRUNK, "-", stdin=GROUP.read_bytes()[:cut])
    assert result.exit_code == 0
    assert all(r["responsible"] in (None, "102") for r in rows(result))
    assert "Traceback" not in result.stderr


def test_a_capture_without_timestamps_keeps_the_order_and_has_no_times() -> None:
    lines = GROUP.read_bytes().split(b"\r\n")
    bare = b"\r\n".join(line for line in lines if not line.startswith(b"Timestamp:"))
    (record,) = rows(replay(*TRUNK, "-", stdin=bare))
    assert (record["responsible"], record["started_at"], record["talk_seconds"]) == (
        "102",
        None,
        None,
    )


def test_a_call_still_open_at_the_end_comes_last_and_is_to_be_reviewed() -> None:
    capture = GROUP.read_bytes()
    cut = capture.rindex(b"Event: BridgeEnter")
    (record,) = rows(replay(*TRUNK, "-", stdin=capture[:cut]))
    assert (record["ended_at"], record["needs_review"], record["responsible"]) == (None, True, None)


def test_the_plan_says_what_would_be_written_and_why() -> None:
    plan = rows(replay("--plan", *TRUNK, GROUP))
    assert [row["command"]["command"] for row in plan] == [
        "create_lead",
        "log_call",
        "attach_recording",
    ]
    assert all(row["why"] for row in plan)


@pytest.mark.proves("S0-14")
def test_two_calls_of_one_stranger_are_planned_as_one_lead() -> None:
    twice = rows(replay("--plan", *TRUNK, CALLS / "client_calls_twice_in_a_row" / "capture.ami"))
    commands = [row["command"]["command"] for row in twice]
    assert (commands.count("create_lead"), commands.count("log_call")) == (1, 2)


def test_the_plan_goes_by_what_the_configured_crm_knows(tmp_path: Path) -> None:
    crm, clients = tmp_path / "crm.db", tmp_path / "clients.csv"
    clients.write_text("name,phones,deal,pipeline\nVera Orlova,+79161234561,Ten printers,sales\n")
    CliRunner().invoke(main, ["crm", "--file", str(crm), "import", str(clients)])
    config = tmp_path / "bridge.yml"
    config.write_text(CONFIG.format(folder=tmp_path, crm=crm))
    plan = rows(replay("-c", config, "--plan", GROUP))
    entities = [each["kind"] for each in plan[0]["command"]["entities"]]
    assert (plan[0]["command"]["command"], entities) == ("log_call", ["contact", "deal"])


def test_explain_tells_each_call_in_words_beside_the_records() -> None:
    result = replay("--explain", *TRUNK, GROUP)
    assert "responsible: 102, the last who talked with the client" in result.stderr
    assert len(rows(result)) == 1


def test_a_capture_pasted_through_an_editor_reads_the_same() -> None:
    pasted = GROUP.read_bytes().replace(b"\r\n", b"\n")
    result = replay(*TRUNK, "-", stdin=pasted)
    assert (rows(result), result.stderr) == (rows(replay(*TRUNK, GROUP)), "")


def test_damage_in_a_pasted_capture_is_told_with_its_byte() -> None:
    pasted = GROUP.read_bytes().replace(b"\r\n", b"\n")
    middle = pasted.index(b"Event: DialBegin")
    result = replay(*TRUNK, "-", stdin=pasted[:middle] + b"noise\n\n" + pasted[middle:])
    assert f"byte {middle}: neither an event nor a response" in result.stderr


def test_captures_put_together_read_as_one_after_the_other() -> None:
    other = CALLS / "queue_answered" / "capture.ami"
    result = replay(*TRUNK, "-", stdin=GROUP.read_bytes() + other.read_bytes())
    assert (rows(result), result.stderr) == (
        rows(replay(*TRUNK, GROUP)) + rows(replay(*TRUNK, other)),
        "",
    )


def test_nobody_is_named_who_talked_before_a_reconnect_and_was_not_seen_after() -> None:
    capture = (CALLS / "blind_refer_answered" / "capture.ami").read_bytes()
    lost = capture.index(b"Event: BlindTransfer")
    back = capture.rindex(b"Event: SoftHangupRequest")
    banner = b"Asterisk Call Manager/11.0.0\r\n"
    (record,) = rows(replay(*TRUNK, "-", stdin=capture[:lost] + banner + capture[back:]))
    assert (record["responsible"], record["needs_review"]) == (None, True)


def test_a_call_that_still_rings_when_the_capture_ends_has_no_outcome_yet() -> None:
    capture = GROUP.read_bytes()
    (record,) = rows(replay(*TRUNK, "-", stdin=capture[: capture.index(b"Event: DialEnd")]))
    assert (record["disposition"], record["missed_reason"], record["needs_review"]) == (
        None,
        None,
        True,
    )


def test_a_capture_cut_between_two_tries_over_two_trunks_is_one_call_still_open() -> None:
    capture = (CALLS / "outbound_by_the_other_operator" / "capture.ami").read_bytes()
    first_over = capture.index(b"Event: Hangup\r\n")
    second = capture.index(b"Event: Newchannel", first_over)
    between, dialling = (capture.index(b"\r\n\r\n", at) + 4 for at in (first_over, second))
    for cut in (between, dialling):
        (record,) = rows(replay(*TRUNK, "-", stdin=capture[:cut]))
        assert (record["disposition"], record["ended_at"], record["needs_review"]) == (
            None,
            None,
            True,
        )


def test_an_unknown_region_says_what_to_write() -> None:
    result = replay("--region", "XX", GROUP)
    assert (result.exit_code, "'XX' is no country" in result.stderr) == (2, True)


def test_a_region_may_be_written_small() -> None:
    assert rows(replay("--region", "ru", *TRUNK, GROUP)) == rows(replay(*TRUNK, GROUP))


def test_an_extension_that_the_expression_leaves_out_is_no_agents() -> None:
    (record,) = rows(replay("--extension", r"^PJSIP/(?:trunk|(\d+))-", *TRUNK, GROUP))
    assert record["responsible"] == "102"


def test_who_talks_on_a_phone_that_nobody_is_known_for_is_to_be_reviewed() -> None:
    capture = GROUP.read_bytes().replace(b"PJSIP/102", b"PJSIP/bob")
    (record,) = rows(replay(*TRUNK, "-", stdin=capture))
    assert (record["disposition"], record["responsible"], record["oddities"]) == (
        None,
        None,
        ["unknown_party"],
    )
