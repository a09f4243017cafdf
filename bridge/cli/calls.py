"""`asterisk-bridge calls`: the finished calls that the store keeps."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bridge.cli.from_store import (
    as_json_option,
    keep_address,
    moment,
    pass_address,
    store_options,
    with_store,
)
from bridge.cli.lines import json_text, listed, one_line
from bridge.cli.region import COUNTRY
from bridge.domain.numbers import e164, masked
from bridge.domain.record import CallRecord, Direction
from bridge.storage.calls import Which
from bridge.storage.paths import PathTaken

_HEADS = ("CALL", "STARTED", "DIRECTION", "CLIENT", "ENDED AS", "RESPONSIBLE", "TALK", "RECORDINGS")
_NONE_YET = "there is no finished call yet"

_PATH_HEADS = ("PATH", "CALLS", "ANSWERED", "SHARE", "WAITED", "WAITED IN VAIN")


@click.group("calls")
@store_options
@click.pass_context
def command(context: click.Context, config: Path, store: str | None) -> None:
    """The finished calls."""
    keep_address(context, config, store)


@command.command("list")
@click.option("--client", help="Only of this client's number.")
@click.option(
    "--region", type=COUNTRY, default="RU", show_default=True, help="Reads a national number."
)
@click.option("--direction", type=click.Choice([each.value for each in Direction]))
@click.option("--since", type=click.DateTime(), help="Started at or after, UTC.")
@click.option("--until", type=click.DateTime(), help="Started before, UTC.")
@click.option("--review", is_flag=True, help="Only those that a person should look at.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@as_json_option
@pass_address
def list_(
    address: str,
    client: str | None,
    region: str,
    direction: str | None,
    since: datetime | None,
    until: datetime | None,
    review: bool,
    limit: int,
    as_json: bool,
) -> None:
    """The newest first. Numbers are masked in the table; --json has the whole record."""
    which = Which(
        client=e164(client, region) or client,
        direction=Direction(direction) if direction else None,
        since=_utc(since),
        until=_utc(until),
        needs_review=True if review else None,
        limit=limit,
    )
    records = with_store(address, lambda store: store.calls(which))
    if as_json:
        for record in records:
            click.echo(_line(record))
    else:
        nothing = _NONE_YET if which == Which(limit=limit) else "no finished call is like that"
        click.echo(listed(_HEADS, map(_row, records), nothing))


@command.command("show")
@click.argument("call_id")
@as_json_option
@pass_address
def show(address: str, call_id: str, as_json: bool) -> None:
    """One call record, whole; without --json also what there is to know of its recordings."""
    record = with_store(address, lambda store: store.call(call_id))
    if record is None:
        click.echo(f"there is no call {call_id}; see: asterisk-bridge calls list", err=True)
        sys.exit(1)
    click.echo(_line(record) if as_json else _line(record, indent=2))
    if not as_json:
        told = with_store(address, lambda store: store.recording_details([call_id]))
        for (_, id), detail in sorted(told.items()):
            click.echo(f"recording {id}: {one_line(detail)}")


@command.command("paths")
@click.option("--since", type=click.DateTime(), help="Started at or after, UTC.")
@click.option("--until", type=click.DateTime(), help="Started before, UTC.")
@as_json_option
@pass_address
def paths(address: str, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """What became of clients' calls by the path they took: the labels of the routing, in order.

    The share of them that somebody answered, and how long they waited, says which path is the
    better one.
    """
    found = with_store(address, lambda store: store.paths(_utc(since), _utc(until)))
    if as_json:
        for path in found:
            click.echo(json_text({**asdict(path), "share": path.share}))
    else:
        nothing = "there is no finished call of a client"
        click.echo(listed(_PATH_HEADS, map(_path_row, found), nothing))


def _path_row(path: PathTaken) -> tuple[object, ...]:
    return (
        one_line(" > ".join(path.labels)) or "-",
        path.calls,
        path.answered,
        f"{path.share:.0%}",
        _seconds(path.waited_answered),
        _seconds(path.waited_missed),
    )


def _seconds(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.1f}s"


def _line(record: CallRecord, indent: int | None = None) -> str:
    return json_text(record.to_json(), indent=indent)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _row(record: CallRecord) -> tuple[object, ...]:
    recordings = ",".join(item.state for item in record.recordings) or "-"
    talk = "-" if record.talk_seconds is None else f"{record.talk_seconds:.0f}s"
    return (
        record.call_id,
        moment(record.started_at),
        record.direction,
        masked(record.client.number or record.client.raw),
        record.disposition or "-",
        record.responsible or ("?" if record.needs_review else "-"),
        talk,
        recordings,
    )
