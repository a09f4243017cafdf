"""`asterisk-bridge replay FILE…`: call records out of raw AMI captures, one a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import IO

import click

from bridge.ami.codec import Damage
from bridge.ami.replay import call_records
from bridge.domain.directory import Directory
from bridge.domain.record import Direction

_CHUNK = 1 << 18


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--trunk", "trunks", multiple=True, help="Glob on channel names: PJSIP/trunk-*.")
@click.option(
    "--extension",
    "extensions",
    multiple=True,
    help="Regular expression on channel names; its first group is the extension.",
)
@click.option("--region", default="RU", show_default=True, help="Reads national numbers.")
@click.option("--internal", is_flag=True, help="Show calls inside the company too.")
def command(
    files: tuple[str, ...],
    trunks: tuple[str, ...],
    extensions: tuple[str, ...],
    region: str,
    internal: bool,
) -> None:
    """Print one call record a line from raw AMI captures; `-` is standard input.

    Damage is told on standard error with its byte offset. Exit code 2 only when nothing can be
    read.
    """
    unreadable = 0
    for file in files:
        directory = Directory(trunks=trunks, extensions=extensions)
        try:
            stream = click.open_file(file, "rb")
        except OSError as error:
            click.echo(f"{file}: cannot be read: {error.strerror}", err=True)
            unreadable += 1
            continue
        _replay(file, stream, directory, region, internal)
    sys.exit(2 if unreadable == len(files) else 0)


def _replay(
    file: str, stream: IO[bytes], directory: Directory, region: str, internal: bool
) -> None:
    def damaged(damage: Damage) -> None:
        click.echo(f"{file}: byte {damage.offset}: {damage.what}", err=True)

    records = call_records(_chunks(stream), directory, region=region, damaged=damaged)
    for record in records:
        if internal or record.direction is not Direction.INTERNAL:
            click.echo(json.dumps(record.to_json(), ensure_ascii=False))


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
