"""`asterisk-bridge replay FILE…`: call records out of raw captures, one a line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bridge.app import dry_run
from bridge.cli.captured import Known, call_records, is_capture, known, reading_options
from bridge.cli.from_store import cannot
from bridge.cli.lines import escaped, json_text, one_line
from bridge.config.model import Config
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.record import CallRecord, Direction
from bridge.domain.story import story
from bridge.link.damage import Damage

_CHUNK = 1 << 18
_NOTHING = (
    "{file}: no call with a client, {inside} inside the company: --internal shows those; --trunk,"
    " or `pbx[].trunks` of -c, says which channels are a provider's"
)
_NO_CAPTURE = "this is no capture of AMI or ARI: `asterisk-bridge capture` records one"


@click.command("replay")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Agents, trunks, rules, CRM.")
@reading_options
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
    2 only when nothing can be read, or nothing is a capture.
    """
    reading = known(config, trunks, extensions, region)
    unreadable = 0
    for file in files:
        try:
            records = _records(file, reading, internal)
            _print(records, explain) if not plan else _plan(reading.settings, records)
        except _Unreadable as error:
            click.echo(f"{file}: cannot be read: {error}", err=True)
            unreadable += 1
    sys.exit(2 if unreadable == len(files) else 0)


def _records(file: str, reading: Known, internal: bool) -> Iterator[CallRecord]:
    def damaged(damage: Damage) -> None:
        click.echo(f"{file}: byte {damage.offset}: {one_line(damage.what)}", err=True)

    shown = inside = 0
    for record in call_records(_chunks(file), reading, damaged):
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
            click.echo("\n".join(map(one_line, story(record))), err=True)
        click.echo(json_text(record.to_json()))


def _plan(settings: Config | None, records: Iterator[CallRecord]) -> None:
    async def lines() -> None:
        async for line in dry_run(settings, records):
            click.echo(escaped(line))

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
            if not is_capture(chunk):
                raise _Unreadable(_NO_CAPTURE)
            while chunk:
                yield chunk
                chunk = stream.read(_CHUNK)
    except OSError as error:
        raise _Unreadable(error.strerror or str(error)) from error
