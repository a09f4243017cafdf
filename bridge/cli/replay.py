"""`asterisk-bridge replay FILE…`: call records out of raw captures, one a line."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bridge.app import dry_run
from bridge.cli.captured import call_records
from bridge.cli.from_store import cannot
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load
from bridge.config.model import Config
from bridge.domain.directory import Directory
from bridge.domain.numbers import REGIONS
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.record import CallRecord, Direction
from bridge.domain.story import story
from bridge.link.damage import Damage

_CHUNK = 1 << 18
_NOTHING = (
    "{file}: no call with a client, {inside} inside the company: --internal shows those; --trunk,"
    " or `pbx[].trunks` of -c, says which channels are a provider's"
)


@click.command("replay")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Agents, trunks, rules, CRM.")
@click.option("--trunk", "trunks", multiple=True, help="Glob on channel names: PJSIP/trunk-*.")
@click.option(
    "--extension",
    "extensions",
    multiple=True,
    help="Regular expression on channel names; its first group is the extension.",
)
@click.option("--region", help="Reads national numbers; RU by default.")
@click.option("--internal", is_flag=True, help="Show calls inside the company too.")
@click.option("--explain", is_flag=True, help="Tell each call in words, on standard error.")
@click.option("--plan", is_flag=True, help="Print what would go to the CRM, and why, instead.")
def command(
    files: tuple[str, ...],
    config: Path | None,
    trunks: tuple[str, ...],
    extensions: tuple[str, ...],
    region: str | None,
    internal: bool,
    explain: bool,
    plan: bool,
) -> None:
    """Print one call record a line from raw captures of AMI or ARI; `-` is standard input.

    Each file is a world of its own. Damage is told on standard error with its byte offset. Exits
    2 only when nothing can be read.
    """
    settings = _settings(config)
    directory = _directory(settings, trunks, extensions)
    read = _region(region) or (settings.region if settings else "RU")
    unreadable = 0
    for file in files:
        try:
            records = _records(file, directory, read, internal)
            _print(records, explain) if not plan else _plan(settings, records)
        except _Unreadable as error:
            click.echo(f"{file}: cannot be read: {error}", err=True)
            unreadable += 1
    sys.exit(2 if unreadable == len(files) else 0)


def _settings(config: Path | None) -> Config | None:
    if config is None:
        return None
    try:
        return load(config)
    except (ConfigRefused, ConfigUnreadable) as error:
        cannot(str(error))


def _region(region: str | None) -> str | None:
    if region is not None and region.upper() not in REGIONS:
        cannot(f"--region {region}: write the two letters of a country, like RU or GB")
    return region and region.upper()


def _directory(
    settings: Config | None, trunks: tuple[str, ...], extensions: tuple[str, ...]
) -> Directory:
    """The options go before the configuration; of several PBXs the first is asked."""
    for pattern in extensions:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            cannot(f"--extension {pattern}: this is no regular expression ({error})")
        if not groups:
            cannot(f"--extension {pattern}: put parentheses around the extension")
    if settings is None:
        return Directory(trunks=trunks, extensions=extensions)
    first = settings.pbx[0]
    agents = [agent.agent(settings.region) for agent in settings.agents]
    return Directory(
        agents, trunks=trunks or first.trunks, extensions=extensions or first.extensions
    )


def _records(file: str, directory: Directory, region: str, internal: bool) -> Iterator[CallRecord]:
    def damaged(damage: Damage) -> None:
        click.echo(f"{file}: byte {damage.offset}: {damage.what}", err=True)

    shown = inside = 0
    for record in call_records(_chunks(file), directory, region=region, damaged=damaged):
        if internal or record.direction is not Direction.INTERNAL:
            shown += 1
            yield record
        else:
            inside += 1
    if not shown:
        click.echo(_NOTHING.format(file=file, inside=inside), err=True)


def _print(records: Iterator[CallRecord], explain: bool) -> None:
    for record in records:
        if explain:
            click.echo("\n".join(story(record)), err=True)
        click.echo(json.dumps(record.to_json(), ensure_ascii=False))


def _plan(settings: Config | None, records: Iterator[CallRecord]) -> None:
    async def lines() -> None:
        async for line in dry_run(settings, records):
            click.echo(line)

    try:
        asyncio.run(lines())
    except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
        cannot(f"the CRM cannot be read: {error}")


class _Unreadable(Exception):
    """A FILE cannot be opened or read; the text says why."""


def _chunks(file: str) -> Iterator[bytes]:
    try:
        with click.open_file(file, "rb") as stream:
            chunk = stream.read(_CHUNK)
            while chunk:
                yield chunk
                chunk = stream.read(_CHUNK)
    except OSError as error:
        raise _Unreadable(error.strerror or str(error)) from error
