"""`asterisk-bridge route` and `rules test`: why a call goes where it goes."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from bridge.cli import main
from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.builtin.settings import UserSettings

PAGE = Path(__file__).parents[2] / "docs" / "routing.md"
CLIENT, STRANGER = "+79161234561", "+79160000000"
ROUTING: dict[str, Any] = {
    "hours": "office",
    "schedules": {"office": {"zone": "Europe/Moscow", "week": {"mon-fri": "09:00-18:00"}}},
    "people": {"101": {"deputy": "102"}},
    "rules": [{"name": "big", "when": {"deal.stage": "CONTRACT"}, "then": {"extension": "103"}}],
}
NOON, NIGHT = "2026-11-18T12:00", "2026-11-18T23:00"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A company whose one client belongs to Anna, at 101."""
    file = tmp_path / "bridge.yml"
    settings = {
        "pbx": [{"name": "office", "username": "b", "secret": "4f1c0d9e77ab"}],
        "folder": str(tmp_path),
        "store": {"url": f"sqlite:///{tmp_path}/bridge.db"},
        "agents": [{"extension": "101", "crm_user": "anna", "name": "Анна"}],
        "routing": ROUTING,
    }
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    anna = UserSettings(id="anna", name="Анна", extensions=("101",))
    crm = BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.db", users=(anna,)))
    asyncio.run(crm.probe())
    asyncio.run(crm.close())
    clients = tmp_path / "clients.csv"
    clients.write_text(f"name,phones,owner\nВера,{CLIENT},anna\n", "utf-8")
    told = bridge("crm", "--file", tmp_path / "crm.db", "import", clients)
    assert told.exit_code == 0, told.output
    return file


def bridge(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.proves("S0-17", "S0-18")
@pytest.mark.parametrize(
    ("number", "at", "label", "dial"),
    [
        (CLIENT, NOON, "owner", "PJSIP/101"),
        ("8 916 123-45-61", f"{NOON}+03:00", "owner", "PJSIP/101"),
        (CLIENT, NIGHT, "closed, voicemail", ""),
        (STRANGER, NOON, "group", ""),
        ("anonymous", NOON, "group", ""),
    ],
)
def test_the_path_of_a_call(config: Path, number: str, at: str, label: str, dial: str) -> None:
    result = bridge("route", "-c", config, "--at", at, "--json", number)
    variables = json.loads(result.stdout)["variables"]
    assert (variables["BRIDGE_LABEL"], variables["BRIDGE_DIAL"]) == (label, dial)


def test_a_person_reads_why_and_why_not_the_others(config: Path) -> None:
    result = bridge("route", "-c", config, "--at", NOON, "--did", "+74951234501", STRANGER)
    for said in (
        "the company number is open",
        "no CRM knows this number",
        "nobody talked with this number yet",
        "→  group",
        "Here everybody counts as free.",
        "BRIDGE_STATUS=UNKNOWN",
    ):
        assert said in result.stdout


def test_of_a_hidden_number_nothing_is_told_as_of_a_known_one(config: Path) -> None:
    result = bridge("route", "-c", config, "--at", NOON, "anonymous")
    [talked] = [line for line in result.stdout.splitlines() if "last talker" in line]
    assert "the number is hidden" in talked


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-c", "/nowhere.yml", CLIENT], "cannot read /nowhere.yml"),
        (["--at", "noon", CLIENT], "2026-11-18T12:00"),
        (["abc"], "NUMBER: 'abc' is no telephone number; write it as +79161234567, or `anonymous`"),
        (["12345"], "'12345' is no telephone number"),
        ([""], "'' is no telephone number"),
        (["+7916123456123456789"], "is no telephone number"),
        (["--did", "office", CLIENT], "--did: 'office' is no telephone number"),
        (["--did", "anonymous", CLIENT], "--did: 'anonymous' is no telephone number"),
    ],
)
def test_what_cannot_be_asked_is_told(config: Path, words: list[str], says: str) -> None:
    result = bridge("route", "-c", config, *words)
    assert (result.exit_code, says in result.stderr) == (2, True), result.output


@pytest.mark.parametrize("number", [CLIENT, "abc"])
def test_asking_makes_nothing(tmp_path: Path, number: str) -> None:
    folder, file = tmp_path / "new", tmp_path / "bridge.yml"
    settings = {
        "pbx": [{"name": "office", "username": "b", "secret": "4f1c0d9e77ab"}],
        "folder": str(folder),
        "store": {"url": f"sqlite:///{folder}/bridge.db"},
        "agents": [{"extension": "101", "crm_user": "anna", "name": "Анна"}],
        "agi": {},
    }
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    bridge("route", "-c", file, number)
    assert sorted(tmp_path.iterdir()) == [file]


EXAMPLES: list[dict[str, Any]] = [
    {
        "name": "an owner",
        "number": CLIENT,
        "at": NOON,
        "fields": {"contact.owner": "anna"},
        "expect": {"label": "owner", "dial": "PJSIP/101"},
    },
    {
        "name": "a contract",
        "number": CLIENT,
        "at": NOON,
        "fields": {"contact.owner": "anna", "deal.stage": "contract"},
        "expect": {"label": "rule big", "dial": "PJSIP/103"},
    },
    {
        "name": "a busy owner",
        "number": CLIENT,
        "at": NOON,
        "fields": {"lead.owner": "anna"},
        "presence": {"101": "in use"},
        "expect": {"label": "owner's deputy"},
    },
    {"name": "at night", "number": CLIENT, "at": NIGHT, "expect": {"status": "CLOSED"}},
    {"name": "the last", "number": CLIENT, "at": NOON, "talked": "102", "expect": {"dial": ""}},
]


def test_the_example_of_the_page_comes_out_by_the_rules_of_the_page(tmp_path: Path) -> None:
    blocks = re.findall(r"(?ms)^```yaml\n(.*?)^```", PAGE.read_text("utf-8"))
    [rules] = [block for block in blocks if block.startswith("routing:")]
    [examples] = [block for block in blocks if block.startswith("- name:")]
    calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
    (tmp_path / "holidays.ics").write_text(calendar)
    (tmp_path / "examples.yml").write_text(examples, "utf-8")
    config = tmp_path / "bridge.yml"
    pbx = "pbx: [{name: office, username: b, secret: 4f1c0d9e77ab}]\n"
    config.write_text(f"folder: {tmp_path}\n{pbx}{rules}", "utf-8")
    result = bridge("rules", "test", "-c", config, tmp_path / "examples.yml")
    assert (result.exit_code, "as expected" in result.output) == (0, True), result.output


def judged(config: Path, examples: object) -> Result:
    file = config.parent / "examples.yml"
    file.write_text(yaml.safe_dump(examples, allow_unicode=True), "utf-8")
    return bridge("rules", "test", "-c", config, file)


@pytest.mark.proves("S2-14")
def test_rules_that_do_what_is_meant(config: Path) -> None:
    result = judged(config, EXAMPLES[:4])
    assert (result.exit_code, result.stdout.count("as expected")) == (0, 4)


def test_an_example_knows_the_mobiles_of_employees(config: Path) -> None:
    settings = yaml.safe_load(config.read_text("utf-8"))
    settings["agents"][0]["mobiles"] = [CLIENT]
    config.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    result = judged(config, [{**EXAMPLES[0], "expect": {"label": "employee"}}])
    assert (result.exit_code, "as expected" in result.stdout) == (0, True), result.stdout


def test_an_example_that_comes_out_otherwise_is_a_finding(config: Path) -> None:
    result = judged(config, EXAMPLES)
    assert result.exit_code == 1
    assert "dial is PJSIP/102, not" in result.stdout


@pytest.mark.parametrize(
    ("examples", "says"),
    [
        ("nothing", "1:1: this is no list: begin each item with `- `"),
        ("", "1:1: this is no list"),
        ("[]", " no example in it: write a list of calls"),
        ("- at: 2026-11-18T12:00\n  expect: {}\n", "2:3: [0].expect: nothing is expected; say"),
        ("- at: 2026-11-18T12:00\n", "1:3: [0].expect: this key is missing"),
        ("- 5\n", "1:3: [0]: keys are expected below this one: write `key: value` lines"),
        ("- expekt: {}\n", "1:3: [0].expekt: this key is not known: did you mean `expect`?"),
        (
            "- at: 2026-11-18T12:00\n  expect: {}\n  fields:\n    stage: x\n",
            "4:5: [0].fields.stage",
        ),
        ("- at: 2026-11-18T12:00\n  expect: {label: [}\n", "2:20: expected"),
        ("- at: 2026-11-18T12:00\n\texpect: {}\n", "2:1: a tab: indent with spaces"),
        ("- at: 2026-11-18T12:00\n  at: 2026-11-18T12:00\n", "2:3: [0].at: this key stands in"),
        (
            "- {number: '+7916', at: 2026-11-18T12:00, expect: {label: group}}",
            "1:4: [0].number: this is no number of a client",
        ),
    ],
)
def test_a_file_of_no_examples_is_refused_with_the_place(
    config: Path, examples: str, says: str
) -> None:
    file = config.parent / "examples.yml"
    file.write_text(examples, "utf-8")
    result = bridge("rules", "test", "-c", config, file)
    assert (result.exit_code, f"{file}:{says}" in result.stderr) == (2, True), result.stderr
