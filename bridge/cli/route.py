"""`asterisk-bridge route`: whom a call would be for, why, and why not the others."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path as File

import click

from bridge.app import path_of, told_by_daemon
from bridge.cli.check import DEFAULT_CONFIG
from bridge.cli.from_store import cannot
from bridge.cli.lines import json_text, one_line, table
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load
from bridge.config.model import Config
from bridge.domain.numbers import e164, withheld
from bridge.domain.routes import Asked
from bridge.routing.case import Path

FILE = click.Path(path_type=File)


@click.command("route")
@click.option("-c", "--config", type=FILE, default=DEFAULT_CONFIG, show_default=True)
@click.option("--did", help="The company number that the client dialled.")
@click.option("--key", help="The key that was pressed in the menu.")
@click.option("--at", help="As if it were then: 2026-11-18T12:00, in the company's time zone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.argument("number")
def command(
    config: File, did: str | None, key: str | None, at: str | None, as_json: bool, number: str
) -> None:
    """Say who would get a call from NUMBER, and why not the others.

    NUMBER is as a client dials from, or `anonymous` for a hidden one. The CRMs of the configuration
    are asked; nothing is written. What telephones do at this moment
    only the daemon knows: where one runs with this configuration, it says whom it would ring now;
    why is told as if everybody were free.
    """
    settings = configured(config)
    then = moment_of(at, settings) if at else None
    _must_be_a_number(number, settings, "NUMBER", ", or `anonymous` for a hidden one")
    if did is not None:
        _must_be_a_number(did, settings, "--did")
    asked = Asked(number=number, did=did, words={"key": key} if key else {})
    with redirect_stdout(sys.stderr):  # what could not be asked is said there
        path, told = asyncio.run(_asked(settings, asked, then))
    click.echo(_as_json(path, told) if as_json else "\n".join(_told(path, told)))


async def _asked(
    config: Config, asked: Asked, at: datetime | None
) -> tuple[Path, dict[str, str] | None]:
    """Why the call goes where; and what the daemon says, which is not asked of another time."""
    return await path_of(config, asked, at), None if at else await told_by_daemon(config, asked)


def configured(config: File) -> Config:
    """Ends the program when the configuration is not good."""
    try:
        return load(config)
    except (ConfigRefused, ConfigUnreadable) as error:
        cannot(str(error))


def _must_be_a_number(text: str, config: Config, of: str, hidden: str = "") -> None:
    """Ends the program for what is a typing error, rather than answer for somebody else."""
    if hidden and text.strip() and withheld(text):
        return
    if e164(text, config.region) is None:
        cannot(f"{of}: {text!r} is no telephone number; write it as +79161234567{hidden}")


def moment_of(text: str, config: Config) -> datetime:
    """An ISO time; without an offset that of the company's clock. Ends the program for others."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        cannot(f"{text} is no time; write it as 2026-11-18T12:00")
    return then if then.tzinfo else then.replace(tzinfo=config.routing.zone)


def _told(path: Path, told: dict[str, str] | None) -> Iterator[str]:
    rows = [("→" if one.taken else "", one.way, one.why) for one in path.considered]
    yield table(("", "way", "why"), rows)
    yield ""
    yield (
        "Here everybody counts as free."
        if told is None
        else "So says the daemon, as things are now:"
    )
    for name, value in (told or path.decision.variables()).items():
        if value:
            yield f"{name}={one_line(value)}"


def _as_json(path: Path, told: dict[str, str] | None) -> str:
    considered = [{"way": one.way, "why": one.why, "taken": one.taken} for one in path.considered]
    said = {
        "variables": told or path.decision.variables(),
        "by": "daemon" if told else "here",
        "considered": considered,
    }
    return json_text(said)
