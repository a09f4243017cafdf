"""`asterisk-bridge scripts test`: do the scripts of the configuration do what the company means."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bridge.cli.check import DEFAULT_CONFIG
from bridge.cli.from_store import cannot
from bridge.cli.lines import table
from bridge.cli.route import configured
from bridge.cli.rules import examples_in, first_crm
from bridge.config.model import Config
from bridge.scripts.example import ScriptExample
from bridge.scripts.settings import Script

FILE = click.Path(path_type=Path)


@click.group("scripts")
def command() -> None:
    """Test the scripts of the configuration."""


@command.command("test")
@click.option("-c", "--config", type=FILE, default=DEFAULT_CONFIG, show_default=True)
@click.argument("file", type=FILE)
def test(config: Path, file: Path) -> None:
    """Run each example of FILE (YAML, docs/scripts.md) and compare. Nobody is asked, and nothing is
    done.

    Exits 1 when one does something else.
    """
    settings = configured(config)
    users, policy = first_crm(settings)
    rows, wrong = [], False
    for place, example in enumerate(examples_in(file, ScriptExample), 1):
        case = example.case(settings.routing, users, policy, settings.region)
        done = example.outcome(_named(settings, example.script), case)
        same = done == list(example.expect)
        wrong = wrong or not same
        outcome = "as expected" if same else f"not {'; '.join(example.expect) or 'nothing'}"
        rows.append((place, example.name or example.script, "; ".join(done) or "nothing", outcome))
    click.echo(table(("", "example", "does", "outcome"), rows))
    sys.exit(wrong)


def _named(config: Config, name: str) -> Script:
    """Ends the program when there is none of this name."""
    known = {script.name: script for script in config.scripts.items}
    if name not in known:
        cannot(f"there is no script {name}; the configuration has: {', '.join(known) or 'none'}")
    return known[name]
