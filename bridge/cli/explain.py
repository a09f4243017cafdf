"""`asterisk-bridge explain`: calls told in words, from a capture or from the store."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from click.core import ParameterSource

from bridge.cli.captured import Known, call_records, known, reading_options
from bridge.cli.from_store import cannot, store_address, store_options, with_store
from bridge.cli.lines import one_line
from bridge.domain.record import CallRecord, Direction
from bridge.domain.story import story
from bridge.link.damage import Damage


@click.command("explain")
@store_options
@reading_options
@click.argument("what", metavar="CALL|FILE")
@click.pass_context
def command(
    context: click.Context,
    config: Path,
    store: str | None,
    trunks: tuple[str, ...],
    extensions: tuple[str, ...],
    region: str | None,
    what: str,
) -> None:
    """Tell in words what happened in a call and why this person is its responsible.

    CALL is the id of a finished call, FILE a raw capture of AMI or ARI, read with the agents and
    trunks of -c where that is given; its damage is told on standard error. Exits 1 when there is
    no such call, or no client's call in the file.
    """
    file = Path(what)
    if file.is_file():
        asked = context.get_parameter_source("config") is not ParameterSource.DEFAULT
        records = _from_capture(file, known(config if asked else None, trunks, extensions, region))
        _tell(records)
        if not records:
            click.echo(f"{file}: there is no client's call in it: are the trunks right?", err=True)
        sys.exit(0 if records else 1)
    address = store_address(config, store)
    record = with_store(address, lambda kept: kept.call(what))
    if record is None:
        click.echo(f"there is no call {what}; `asterisk-bridge calls list` shows them", err=True)
        sys.exit(1)
    told = with_store(address, lambda kept: kept.recording_details([record.call_id]))
    _tell([record], {id: detail for (_, id), detail in told.items()})


def _from_capture(file: Path, known: Known) -> list[CallRecord]:
    try:
        capture = file.read_bytes()
    except OSError as error:
        cannot(f"{file} cannot be read: {error.strerror}")

    def damaged(damage: Damage) -> None:
        click.echo(f"{file}: byte {damage.offset}: {one_line(damage.what)}", err=True)

    found = call_records([capture], known, damaged)
    return [record for record in found if record.direction is not Direction.INTERNAL]


def _tell(records: list[CallRecord], told: Mapping[str, str] | None = None) -> None:
    for record in records:
        click.echo("\n".join(map(one_line, story(record, told))))
