"""`asterisk-bridge explain`: calls told in words, from a capture or from the store."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from bridge.cli.captured import call_records
from bridge.cli.from_store import cannot, store_address, store_options, with_store
from bridge.cli.region import COUNTRY
from bridge.domain.directory import Directory
from bridge.domain.record import CallRecord, Direction
from bridge.domain.story import story
from bridge.link.damage import Damage


@click.command("explain")
@store_options
@click.option("--trunk", "trunks", multiple=True, help="Glob on channel names, for a capture.")
@click.option(
    "--region", type=COUNTRY, default="RU", show_default=True, help="Reads national numbers."
)
@click.argument("what", metavar="CALL|FILE")
def command(
    config: Path, store: str | None, trunks: tuple[str, ...], region: str, what: str
) -> None:
    """Tell in words what happened in a call and why this person is its responsible.

    CALL is the id of a finished call, FILE a raw capture of AMI or ARI; its damage is told on
    standard error. Exits 1 when there is no such call, or no client's call in the file.
    """
    file = Path(what)
    if file.is_file():
        records = _from_capture(file, trunks, region)
        _tell(records)
        if not records:
            click.echo(f"{file}: there is no client's call in it; is --trunk right?", err=True)
        sys.exit(0 if records else 1)
    address = store_address(config, store)
    record = with_store(address, lambda kept: kept.call(what))
    if record is None:
        click.echo(f"there is no call {what}; `asterisk-bridge calls list` shows them", err=True)
        sys.exit(1)
    told = with_store(address, lambda kept: kept.recording_details([record.call_id]))
    _tell([record], {id: detail for (_, id), detail in told.items()})


def _from_capture(file: Path, trunks: tuple[str, ...], region: str) -> list[CallRecord]:
    try:
        capture = file.read_bytes()
    except OSError as error:
        cannot(f"{file} cannot be read: {error.strerror}")

    def damaged(damage: Damage) -> None:
        click.echo(f"{file}: byte {damage.offset}: {damage.what}", err=True)

    found = call_records([capture], Directory(trunks=trunks), region=region, damaged=damaged)
    return [record for record in found if record.direction is not Direction.INTERNAL]


def _tell(records: list[CallRecord], told: Mapping[str, str] | None = None) -> None:
    for record in records:
        click.echo("\n".join(story(record, told)))
