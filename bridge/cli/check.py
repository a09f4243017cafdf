"""`asterisk-bridge check`: is this configuration good, and if not, what to write instead."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from bridge.app.probing import Answer, probed
from bridge.cli.lines import json_text, one_line
from bridge.config.findings import ConfigRefused, ConfigUnreadable, Finding
from bridge.config.load import examined, lacks
from bridge.config.model import Config
from bridge.config.schema import json_schema
from bridge.scripts.sense import rights

DEFAULT_CONFIG = Path("/etc/asterisk-crm-bridge/asterisk-bridge.yml")


@click.command("check")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
@click.option("--ask", is_flag=True, help="Ask the CRMs and PBXs what they lack.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema for editors, check nothing.")
def command(config: Path, as_json: bool, ask: bool, schema: bool) -> None:
    """Check the configuration. Exits 0 when it is good (warnings or not), 1 with findings or when a
    CRM or PBX that was asked lacks something, 2 when unreadable."""
    if schema:
        click.echo(json_text(json_schema(), indent=2))
        return
    try:
        read, doubtful = examined(config)
        missing = lacks(config, read)
    except ConfigUnreadable as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except ConfigRefused as error:
        click.echo(_report(error.findings, as_json))
        sys.exit(1)
    answers = asyncio.run(probed(read)) if ask and not missing else []
    findings = (*missing, *doubtful)
    if as_json:
        click.echo(_as_json(findings, answers))
    else:
        good = [] if missing else [*_needed(read), f"{config}: good"]
        told = [line for answer in answers for line in _said(answer)]
        click.echo("\n".join([*map(str, findings), *good, *told]))
    if missing or not all(answer.good for answer in answers):
        sys.exit(1)


def _said(answer: Answer) -> list[str]:
    """One line for each thing that the CRM or the PBX lacks."""
    name = f"{answer.kind} {answer.name}"
    if answer.failed:
        return [one_line(f"{name}: did not say what it can do: {answer.failed}")]
    lines = [one_line(f"{name}: {what}: {stops}") for what, stops in answer.missing.items()]
    return lines or [f"{name}: lacks nothing"]


_USERS = {
    "ami": "AMI user needs `write = originate`",
    "ari": "ARI user needs `read_only = no`",
}


def _needed(config: Config) -> list[str]:
    """What the file alone cannot show: rights that somebody has to grant elsewhere."""
    clicks = [
        f"note: pbx {pbx.name} has `click`: its {_USERS[pbx.events]} (docs/{pbx.events}.md)"
        for pbx in config.pbx
        if pbx.click is not None
    ]
    applications = [
        f"note: pbx {pbx.name} has `ari`: its user {pbx.ari.username} needs `read_only = no` for"
        f" Stasis({pbx.ari.app},…) (docs/ari.md)"
        for pbx in config.pbx
        if pbx.ari is not None
    ]
    over_ami = any(pbx.events == "ami" for pbx in config.pbx)
    needed = rights(config.scripts) if over_ami else ()
    scripts = f"note: scripts act on calls: the AMI user needs `write = {','.join(needed)}`"
    return [*clicks, *applications, *([f"{scripts} (docs/scripts.md)"] if needed else [])]


def _report(findings: tuple[Finding, ...], as_json: bool) -> str:
    return _as_json(findings, []) if as_json else "\n".join(map(str, findings))


def _as_json(findings: tuple[Finding, ...], answers: list[Answer]) -> str:
    """Findings, then what each CRM and PBX that was asked said."""
    asked = [
        {answer.kind: answer.name, "missing": dict(answer.missing), "failed": answer.failed}
        for answer in answers
    ]
    found = [finding.as_json() for finding in findings]
    return json_text([*found, *asked], indent=2)
