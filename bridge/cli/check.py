"""`asterisk-bridge check`: is this configuration good, and if not, what to write instead."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bridge.config.findings import ConfigRefused, ConfigUnreadable, Finding
from bridge.config.load import lacks, load, warnings
from bridge.config.model import Config
from bridge.config.schema import json_schema

DEFAULT_CONFIG = Path("/etc/asterisk-crm-bridge/asterisk-bridge.yml")


@click.command("check")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema for editors, check nothing.")
def command(config: Path, as_json: bool, schema: bool) -> None:
    """Check the configuration. Exits 0 when it is good (warnings or not), 1 with findings, 2 when
    unreadable."""
    if schema:
        click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return
    try:
        read = load(config)
        missing = lacks(config, read)
        doubtful = warnings(config, read)
    except ConfigUnreadable as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except ConfigRefused as error:
        click.echo(_report(error.findings, as_json))
        sys.exit(1)
    report = _report((*missing, *doubtful), as_json)
    if missing:
        click.echo(report)
        sys.exit(1)
    good = [report] if doubtful else []
    click.echo(report if as_json else "\n".join([*good, *_needed(read), f"{config}: good"]))


def _needed(config: Config) -> list[str]:
    """What the file alone cannot show: rights that somebody has to grant elsewhere."""
    return [
        f"note: pbx {pbx.name} has `click`: its AMI user {pbx.username} needs `write = originate`"
        " (docs/ami.md)"
        for pbx in config.pbx
        if pbx.click is not None
    ]


def _report(findings: tuple[Finding, ...], as_json: bool) -> str:
    if as_json:
        return json.dumps([f.as_json() for f in findings], ensure_ascii=False, indent=2)
    return "\n".join(map(str, findings))
