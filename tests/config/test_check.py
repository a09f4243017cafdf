"""`asterisk-bridge check`, as an operator or a deployment script calls it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.storage import engine
from bridge.storage.store import open_store
from tests.config.conftest import ENVIRONMENT, GOOD_PBX


def check(text: str | None, folder: Path, *options: str) -> Result:
    file = folder / "bridge.yml"
    if text is not None:
        file.write_text(text, "utf-8")
    return CliRunner().invoke(main, ["check", "-c", str(file), *options], env=ENVIRONMENT)


def test_a_good_file_exits_with_0(tmp_path: Path) -> None:
    result = check(GOOD_PBX, tmp_path)
    assert (result.exit_code, result.output.rpartition(":")[2]) == (0, " good\n")


def test_a_right_that_a_click_needs_is_named(tmp_path: Path) -> None:
    result = check(GOOD_PBX.rstrip("\n") + "\n    click: {context: out}\n", tmp_path)
    assert (result.exit_code, "`write = originate`" in result.output) == (0, True)


def test_a_warning_stands_in_its_line_and_the_file_is_good(tmp_path: Path) -> None:
    far = GOOD_PBX + "    host: 10.0.0.5\n"
    result, machine = check(far, tmp_path), check(far, tmp_path, "--json")
    assert (result.exit_code, machine.exit_code) == (0, 0)
    assert "bridge.yml:2:5: warning: pbx[0].tls: " in result.output
    assert [finding["warning"] for finding in json.loads(machine.output)] == [True]


def test_a_store_without_its_driver_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    result = check(GOOD_PBX + "store: {url: 'postgresql://bridge@db/bridge'}\n", tmp_path)
    told = "store.url: PostgreSQL needs asyncpg: pip install 'asterisk-crm-bridge[postgres]'"
    assert (result.exit_code, told in result.output) == (1, True), result.output


async def test_a_store_and_the_file_of_the_built_in_crm_are_told_apart(tmp_path: Path) -> None:
    store, crm = tmp_path / "records.db", tmp_path / "clients.db"
    async with open_store(str(store), daemon=True):
        pass
    ours = BuiltinCrm(BuiltinSettings(file=crm))
    await ours.users()
    await ours.close()
    mixed = (
        f"store: {{url: 'sqlite:///{crm}'}}\n"
        f"destinations:\n  - crm: {{kind: builtin, file: '{store}'}}\n"
    )
    result = await asyncio.to_thread(check, GOOD_PBX + mixed, tmp_path)
    told = (
        f"store.url: {crm} is the built-in CRM's file: write a file of its own, as sqlite:///",
        f"destinations[0].crm.file: {store} is the store's file: write a file of its own, as /",
    )
    assert [each in result.output for each in told] == [True, True], result.output


@pytest.mark.parametrize(
    ("mistyped", "key"),
    [
        ("folder: {tmp}/lib/bridgee\n", "folder"),
        ("store: {{url: 'sqlite:///{tmp}/lob/b.db'}}\n", "store.url"),
    ],
)
def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path, mistyped: str, key: str) -> None:
    result = check(GOOD_PBX + mistyped.format(tmp=tmp_path), tmp_path)
    assert (result.exit_code, f" {key}: there is no folder {tmp_path}/l" in result.output) == (
        1,
        True,
    ), result.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("agi: {deadline: 0.7}\n", "agi.deadline: the dialplan waits 0.7 s unless BRIDGE_WAIT"),
        (
            "routing:\n  rules: [{name: x, when: {deal.stage: A}, then: {skill: credti}}]\n"
            "  people: {101: {skills: [credit]}}\n",
            "routing.rules[0].then.skill: nobody has this skill",
        ),
    ],
    ids=["a_deadline_the_dialplan_does_not_wait_for", "a_skill_of_nobody"],
)
def test_what_routing_hardly_means_is_a_warning(tmp_path: Path, text: str, says: str) -> None:
    result = check(GOOD_PBX + text, tmp_path)
    assert (result.exit_code, f"warning: {says}" in result.output) == (0, True), result.output


def test_findings_exit_with_1_one_a_line(tmp_path: Path) -> None:
    result = check(GOOD_PBX + "regoin: RU\n", tmp_path)
    assert (result.exit_code, result.output) == (
        1,
        f"{tmp_path}/bridge.yml:5:1: regoin: this key is not known: did you mean `region`?\n",
    )


def test_findings_come_as_json(tmp_path: Path) -> None:
    [finding] = json.loads(check(GOOD_PBX + "regoin: RU\n", tmp_path, "--json").output)
    assert (finding["line"], finding["key"]) == (5, "regoin")


def test_a_format_that_this_machine_cannot_make_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mp3 = GOOD_PBX + "recordings:\n  format: mp3\n"
    with_ffmpeg = check(mp3, tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    result = check(mp3, tmp_path)
    assert (with_ffmpeg.exit_code, result.exit_code) == (0, 1)
    assert "bridge.yml:6:3: recordings.format: ffmpeg is missing" in result.output


def test_no_file_exits_with_2(tmp_path: Path) -> None:
    assert check(None, tmp_path).exit_code == 2


def test_a_file_that_is_no_text_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "bridge.yml").write_bytes(b"region: RU\nx: \xff\n")
    result = check(None, tmp_path)
    assert (result.exit_code, "bridge.yml:2:1: this is not UTF-8" in result.output) == (1, True)


def test_the_schema_is_for_editors(tmp_path: Path) -> None:
    schema = json.loads(check(None, tmp_path, "--schema").output)
    assert "pbx" in schema["properties"]


def test_a_crm_that_takes_links_alone_is_given_links(tmp_path: Path) -> None:
    crm = "destinations:\n  - crm: {kind: amocrm, account: 'https://acme.amocrm.ru', token: t0k}\n"
    result = check(GOOD_PBX + crm, tmp_path)
    assert (result.exit_code, "write `recordings: link` here" in result.output) == (1, True)
