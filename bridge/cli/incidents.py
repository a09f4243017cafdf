"""`asterisk-bridge incidents`: what failed, since when, who knows, and what to do about it."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import NoReturn

import click

from bridge.cli.from_store import (
    as_json_option,
    keep_address,
    moment,
    pass_address,
    store_options,
    with_store,
)
from bridge.cli.lines import json_text, listed, table
from bridge.domain.troubles import IncidentState


@click.group("incidents")
@store_options
@click.pass_context
def command(context: click.Context, config: Path, store: str | None) -> None:
    """What failed: look at it, and say that you know."""
    keep_address(context, config, store)


@command.command("list")
@click.option("--all", "closed", is_flag=True, help="Those that are over, too.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
@as_json_option
@pass_address
def list_(address: str, closed: bool, limit: int, as_json: bool) -> None:
    """Incidents that last, the newest first."""
    found = with_store(address, lambda store: store.incidents(closed=closed, limit=limit))
    if as_json:
        for incident in found:
            click.echo(json_text(incident.to_json()))
        return
    rows = [
        (each.id, each.state, each.trouble.kind, each.trouble.subject, moment(each.trouble.since))
        for each in found
    ]
    nothing = "nothing has failed yet" if closed else "nothing fails; what is over: --all"
    click.echo(listed(("ID", "STATE", "WHAT", "OF", "SINCE"), rows, nothing))


@command.command("show")
@click.argument("id", type=int)
@as_json_option
@pass_address
def show(address: str, id: int, as_json: bool) -> None:
    """One incident, and what to do."""
    incident = with_store(address, lambda store: store.incident(id))
    if incident is None:
        _not_there(id)
    facts = incident.to_json()
    if as_json:
        click.echo(json_text(facts))
    else:
        click.echo(
            table(("", ""), [(name, "-" if it is None else it) for name, it in facts.items()])
        )


@command.command("ack")
@click.argument("ids", type=int, nargs=-1, required=True)
@click.option("--by", default=getpass.getuser, help="Who knows; default: your user.")
@pass_address
def ack(address: str, ids: tuple[int, ...], by: str) -> None:
    """Say that you know: no more reminders. Its end is told all the same."""
    for id in ids:
        if with_store(address, lambda store, id=id: store.acknowledge(id, by)) is None:  # type: ignore[misc]
            _cannot_acknowledge(address, id)
        click.echo(f"{id}: acknowledged by {by}")


def _cannot_acknowledge(address: str, id: int) -> NoReturn:
    incident = with_store(address, lambda store: store.incident(id))
    if incident is None or incident.state is not IncidentState.BREWING:
        _not_there(id)
    click.echo(
        f"incident {id} is brewing: nobody was told of it yet, nothing to acknowledge", err=True
    )
    sys.exit(1)


def _not_there(id: int) -> NoReturn:
    click.echo(
        f"there is no incident {id} that lasts; `asterisk-bridge incidents list` shows them",
        err=True,
    )
    sys.exit(1)
