"""`asterisk-bridge dialplan print`: one piece of text that stands by itself."""

from __future__ import annotations

import re

import pytest
import yaml
from click.testing import CliRunner

from bridge.cli import main
from bridge.routing.settings import RoutingSettings

SCRIPTS = {"bridge-play", "bridge-script"}
ARI = {"bridge-rate-ari", "bridge-say-ari"}
FREEPBX = {
    *("bridge-group-600", "bridge-hangup", "bridge-ask", "bridge-owner"),
    *("bridge-closed", "bridge-rate"),
}


@pytest.mark.parametrize(
    ("words", "asks", "contexts"),
    [
        ([], "AGI(agi://", FREEPBX - {"bridge-group-600"}),
        (["--for", "asterisk"], "AGI(agi://", FREEPBX - {"bridge-group-600"}),
        (["--for", "asterisk", "--curl"], "/api/v1/route?", FREEPBX - {"bridge-group-600"}),
        (["--for", "freepbx17"], "AGI(agi://", FREEPBX),
        (["--for", "freepbx17", "--ari"], "Stasis(${app},rate,", FREEPBX | ARI),
        (["--for", "freepbx17", "--scripts"], "/script/", FREEPBX | SCRIPTS),
        (["--for", "freepbx17", "--curl"], "/api/v1/route?", FREEPBX),
    ],
)
def test_every_context_once_and_all_that_they_call(
    words: list[str], asks: str, contexts: set[str]
) -> None:
    result = CliRunner().invoke(main, ["dialplan", "print", *words])
    named = re.findall(r"^\[([\w-]+)\]", result.stdout, re.MULTILINE)
    called = re.findall(r"Gosub\(([\w-]+),", result.stdout)
    assert (result.exit_code, sorted(named)) == (0, sorted(contexts))
    assert set(called) <= contexts
    assert asks in result.stdout


def test_the_settings_that_it_names_are_settings() -> None:
    printed = CliRunner().invoke(main, ["dialplan", "print", "--for", "freepbx17"]).stdout
    [said] = re.findall(r"^;   (\w+: \{.*\})$", printed, re.MULTILINE)
    [(section, values)] = yaml.safe_load(said).items()
    assert section == "routing"
    assert RoutingSettings.model_validate(values).dial == "Local/{extension}@originate-skipvm/n"


def test_another_switch_is_refused_with_the_choice() -> None:
    result = CliRunner().invoke(main, ["dialplan", "print", "--for", "3cx"])
    assert result.exit_code == 2
    assert "freepbx17" in result.stderr
