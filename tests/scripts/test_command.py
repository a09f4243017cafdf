"""`asterisk-bridge scripts test` and `check`: a company's scripts, before there is a call."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from bridge.cli import main
from bridge.config.schema import json_schema
from bridge.scripts import querying

DEBTOR: dict[str, Any] = {
    "name": "debtor",
    "on": "asked",
    "do": [
        {"ask": {"url": "http://erp.example/", "name": "debt"}},
        {
            "when": "answers.debt.ok and answers.debt.json.sum > 0",
            "transfer": {"context": "accounts"},
        },
    ],
}
MOVED = ["ask debt", "transfer accounts,s"]


def written(folder: Path, *scripts: dict[str, Any], **more: Any) -> Path:
    """A configuration with these scripts."""
    file = folder / "bridge.yml"
    settings = {
        "pbx": [{"name": "office", "username": "b", "secret": "4f1c0d9e77ab"}],
        "agi": {"port": 4573},
        "scripts": {"items": list(scripts)},
        **more,
    }
    file.write_text(yaml.safe_dump(settings), "utf-8")
    return file


def tried(folder: Path, *examples: dict[str, Any]) -> Result:
    file = folder / "examples.yml"
    file.write_text(yaml.safe_dump(list(examples)), "utf-8")
    words = ["scripts", "test", "-c", str(written(folder, DEBTOR)), str(file)]
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("example", "code", "said"),
    [
        ({"answers": {"debt": {"sum": 5}}, "expect": MOVED}, 0, "as expected"),
        ({"answers": {"debt": {"sum": 0}}, "expect": MOVED[:1]}, 0, "as expected"),
        ({"answers": {"debt": {"sum": 0}}, "expect": MOVED}, 1, "not ask debt; transfer"),
        ({"expect": MOVED[:1]}, 0, "as expected"),
        ({"script": "nobody"}, 2, "there is no script nobody"),
        ({"expects": []}, 2, "examples.yml:1:3: [0].expects"),
    ],
    ids=["owes", "owes nothing", "a wrong expectation", "no answer", "no script", "a wrong key"],
)
def test_an_example(tmp_path: Path, example: dict[str, Any], code: int, said: str) -> None:
    result = tried(tmp_path, {"script": "debtor", "number": "+79161234567", **example})
    assert (result.exit_code, said in result.output) == (code, True), result.output


LABEL = {"label": "x"}
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a moment that is none": ({"on": "answer"}, "scripts.items[0].on", "'answered'"),
    "a step that is none": ({"do": [{"labl": "x"}]}, "do[0].labl", "did you mean `label`?"),
    "two actions in one step": ({"do": [{**LABEL, "tell": "y"}]}, "do[0]", "a step of its own"),
    "a fact that is none": ({"do": [{"label": "{{ recrd }}"}]}, "do[0].label", "'recrd'"),
    "a condition that is none": ({"when": "client.vip and"}, "items[0].when", "no condition"),
    "a call of a method": ({"when": "client.name.upper() == 'A'"}, "items[0].when", "`call`"),
    "an address that is none": ({"do": [{"ask": "ftp://x"}]}, "do[0].ask.url", "https://"),
    "a variable that is code": ({"do": [{"set": {"SHELL(ls)": "x"}}]}, "do[0].set", "match"),
    "a file that leads away": ({"do": [{"play": "../../x"}]}, "do[0].play", "match"),
    "an answer nobody asked for": (
        {"do": [{"when": "answers.debt.ok", **LABEL}]},
        "do[0]",
        "write a step `ask` or `query` with `name: debt` before it",
    ),
    "a database that is none": (
        {"do": [{"query": {"database": "erp", "sql": "SELECT 1"}}]},
        "scripts:",
        "`erp` is none of `scripts.databases`",
    ),
    "a value written into SQL": (
        {"do": [{"query": {"database": "erp", "sql": "SELECT '{{ client.name }}'"}}]},
        "do[0].query",
        "write :name there",
    ),
    "a value that is not given": (
        {"do": [{"query": {"database": "erp", "sql": "SELECT :phone"}}]},
        "do[0].query",
        "both in `sql` (:phone) and in `values`",
    ),
    "a transfer of a call that is over": (
        {"on": "finished", "do": [LABEL]},
        "items[0]",
        "can ask, query, task, tell",
    ),
}


@pytest.mark.parametrize(("said", "key", "remedy"), REFUSED.values(), ids=REFUSED)
def test_refused_with_key_and_remedy(
    tmp_path: Path, said: dict[str, Any], key: str, remedy: str
) -> None:
    file = written(tmp_path, {"name": "one", "on": "answered", "do": [LABEL], **said})
    result = CliRunner().invoke(main, ["check", "-c", str(file)])
    assert result.exit_code == 1
    assert key in result.output, result.output
    assert remedy in result.output, result.output


def test_a_database_without_its_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querying, "find_spec", lambda name: None)
    scripts = {"databases": {"erp": "postgresql://reader@127.0.0.1/erp"}}
    result = CliRunner().invoke(main, ["check", "-c", str(written(tmp_path, scripts=scripts))])
    assert (result.exit_code, "[postgres]" in result.output) == (1, True), result.output


def test_a_script_that_nobody_can_ask_for(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["check", "-c", str(written(tmp_path, DEBTOR, agi=None))])
    assert (result.exit_code, "write `agi: {}`" in result.output) == (1, True), result.output


def test_check_says_which_rights_scripts_need(tmp_path: Path) -> None:
    file = written(tmp_path, {"name": "one", "on": "answered", "do": [LABEL, {"play": "beep"}]})
    result = CliRunner().invoke(main, ["check", "-c", str(file)])
    assert (result.exit_code, "`write = call,originate`" in result.output) == (0, True)


def test_short_forms_are_good_for_an_editor_too() -> None:
    steps = [{"play": "beep"}, {"tell": "x"}, {"play": {"prompt": {"ru": ["a", "b"]}}}]
    document = {
        "pbx": [{"name": "office", "username": "b", "secret": "4f1c0d9e77ab"}],
        "scripts": {"items": [{"name": "one", "on": "answered", "do": steps}]},
    }
    found = Draft202012Validator(json_schema()).iter_errors(document)
    assert [error.message for error in found] == []


PAGE = Path(__file__).parents[2] / "docs" / "scripts.md"
ROUTING = {
    "clients": {"vip": ["+79160000002"]},
    "languages": {"countries": {"RU": "ru"}},
}


@pytest.mark.proves("S2-35", "S2-38")
def test_the_samples_of_the_page_do_what_its_examples_say(tmp_path: Path) -> None:
    samples, examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    read = yaml.load(samples, yaml.BaseLoader)["scripts"]
    config = written(tmp_path, scripts=read, routing=ROUTING)
    file = tmp_path / "examples.yml"
    file.write_text(examples, "utf-8")
    result = CliRunner().invoke(main, ["scripts", "test", "-c", str(config), str(file)])
    assert (result.exit_code, result.output.count("as expected")) == (0, 3), result.output
