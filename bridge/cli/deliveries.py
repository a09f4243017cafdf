"""`asterisk-bridge deliveries`: what goes to the CRMs, what waits for a person, and why."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bridge.cli.editing import DELIVERY, edit, who
from bridge.cli.from_store import (
    as_json_option,
    keep_address,
    moment,
    pass_address,
    store_options,
    with_store,
)
from bridge.cli.lines import json_text, listed, one_line
from bridge.domain.application import PREFIX
from bridge.outbox.advice import advice
from bridge.outbox.entries import Entry, Write, is_recording
from bridge.outbox.states import OVER, EntryState, IllegalMove
from bridge.storage.desk import CannotRetry, Held, Shown
from bridge.storage.store import Store

_WIDEST = 80  # characters of a reason that fit a line of the list
_MOST = 1_000_000
_ALL_DONE = "nothing waits to be delivered; what is done: --state done"
_PLAN_HEADS = ("COMMAND", "STATE", "RESULT", "WHY")
_ATTEMPT_HEADS = ("AT", "ASKED", "SECONDS", "VERDICT", "DETAIL")


@click.group("deliveries")
@store_options
@click.pass_context
def command(context: click.Context, config: Path, store: str | None) -> None:
    """What goes to the CRMs: look at it, send it again, or drop it."""
    keep_address(context, config, store)


@command.command("list")
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in EntryState])
)
@click.option("--destination", help="Only for this CRM.")
@click.option("--call", "call_id", help="Only of this call.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
@as_json_option
@pass_address
def list_(
    address: str,
    states: tuple[str, ...],
    destination: str | None,
    call_id: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """What is not done yet, the oldest first; with --state, what is in that state."""
    wanted = tuple(map(EntryState, states)) or _unfinished(call_id)

    async def look(store: Store) -> tuple[list[Entry], list[Held]]:
        found = await store.deliveries(
            wanted, destination=destination, call_id=call_id, limit=limit
        )
        return found, await store.held()

    entries, held = with_store(address, look)
    if destination and not entries:
        _nothing_for(address, destination, "listed")
    if as_json:
        for entry in entries:
            click.echo(json_text(_plain(entry)))
        return
    rows = [_row(entry) for entry in entries]
    chosen = states or destination or call_id
    nothing = "no delivery is like that" if chosen else _ALL_DONE
    click.echo(listed(("ID", "TO", "CALL", "WHAT", "STATE", "DUE", "WHY"), rows, nothing))
    for each in held:
        click.echo(
            f"{each.destination} refuses our login since {moment(each.since)}: renew it in"
            f" the configuration and restart. It said: {one_line(each.detail)}"
        )


@command.command("show")
@click.argument("id", type=DELIVERY)
@as_json_option
@pass_address
def show(address: str, id: int, as_json: bool) -> None:
    """One delivery: its plan with the reasons, every attempt, and what to do about it."""
    shown = with_store(address, lambda store: store.delivery(id))
    if shown is None:
        _not_there(id)
    elif as_json:
        click.echo(json_text(_plain_shown(shown)))
    else:
        click.echo(_sheet(shown))


@command.command("retry")
@click.argument("ids", type=DELIVERY, nargs=-1)
@click.option("--parked", is_flag=True, help="All that are parked.")
@click.option("--destination", help="With --parked: only for this CRM.")
@click.option("--absent", is_flag=True, help="You looked: what was sent is not in the CRM.")
@click.option("--made", multiple=True, metavar="KEY=ID", help="You looked: it is there as ID.")
@pass_address
def retry(
    address: str,
    ids: tuple[int, ...],
    parked: bool,
    destination: str | None,
    absent: bool,
    made: tuple[str, ...],
) -> None:
    """Send these again now. A plan of which nothing was written is made anew."""
    if not (ids or parked):
        raise click.UsageError("name the deliveries, or give --parked")
    if made and (parked or len(ids) > 1):
        raise click.UsageError("--made speaks of one delivery: name it alone")
    known = dict(_pair(each) for each in made)
    if parked:
        states = (EntryState.PARKED,)
        found = with_store(
            address,
            lambda store: store.deliveries(states, destination=destination, limit=_MOST),
        )
        if destination and not found:
            _nothing_for(address, destination, "parked")
        ids = (*ids, *(entry.id for entry in found))
    _each(
        address,
        ids,
        lambda store, id: store.retry(
            id, now=datetime.now(UTC), by=who(), absent=absent, made=known
        ),
        "is sent again within half a minute",
    )


@command.command("drop")
@click.argument("ids", type=DELIVERY, nargs=-1, required=True)
@pass_address
def drop(address: str, ids: tuple[int, ...]) -> None:
    """Never send these; a call's recordings go with the call."""
    _each(
        address,
        ids,
        lambda store, id: store.drop(id, now=datetime.now(UTC), by=who()),
        "is dropped",
    )


command.add_command(edit)


def _each(
    address: str,
    ids: tuple[int, ...],
    do: Callable[[Store, int], Awaitable[Entry | None]],
    done: str,
) -> None:
    async def all_(store: Store) -> int:
        return sum([await _one(store, id, do, done) for id in ids])

    sys.exit(1 if with_store(address, all_) else 0)


async def _one(
    store: Store, id: int, do: Callable[[Store, int], Awaitable[Entry | None]], done: str
) -> bool:
    """Whether it could not be done."""
    try:
        entry = await do(store, id)
    except (IllegalMove, CannotRetry) as error:
        click.echo(f"delivery {id}: {one_line(error)}", err=True)
        return True
    if entry is None:
        click.echo(f"there is no delivery {id}", err=True)
        return True
    click.echo(f"delivery {id} {done}")
    return False


def _nothing_for(address: str, destination: str, what: str) -> None:
    """Said beside what is asked for: the name may be a mistake."""
    counts = with_store(address, lambda store: store.counts())
    known = ", ".join(sorted({name for name, _ in counts})) or "none yet"
    told = f"nothing is {what} for {destination}; deliveries are for: {known}"
    click.echo(one_line(told), err=True)


def _unfinished(call_id: str | None) -> tuple[EntryState, ...]:
    """Of one call everything is shown; of all only what is not finished."""
    finished = () if call_id else OVER
    return tuple(state for state in EntryState if state not in finished)


def _not_there(id: int) -> None:
    click.echo(f"there is no delivery {id}; see: asterisk-bridge deliveries list", err=True)
    sys.exit(1)


def _pair(text: str) -> tuple[str, str]:
    key, equals, id = text.rpartition("=")
    if not (key and equals and id):
        raise click.BadParameter(f"{text!r} is no KEY=ID", param_hint="--made")
    return key, id


def _what(entry: Entry) -> str:
    if is_recording(entry.subject):
        return f"recording {entry.subject}"
    if entry.subject:
        return entry.subject.removeprefix("/")
    return "application" if entry.call_id.startswith(PREFIX) else "call"


def _row(entry: Entry) -> tuple[object, ...]:
    why = entry.detail[:_WIDEST]
    reason = f"{entry.reason}: {why}" if entry.reason else why
    due = moment(entry.due_at) if entry.state is EntryState.WAITING else "-"
    what = _what(entry)
    return entry.id, entry.destination, entry.call_id, what, entry.state, due, reason


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "destination": entry.destination,
        "call_id": entry.call_id,
        "recording": entry.subject if is_recording(entry.subject) else None,
        "state": entry.state,
        "due_at": moment(entry.due_at),
        "failures": entry.failures,
        "reason": entry.reason,
        "detail": entry.detail,
        "advice": advice(entry),
    }


def _plain_shown(shown: Shown) -> dict[str, Any]:
    return {
        **_plain(shown.entry),
        "advice": advice(shown.entry, shown.writes),
        "plan": [
            {**write.planned.to_json(), "state": write.state, "result": write.result}
            for write in shown.writes
        ],
        "attempts": [
            {
                "at": moment(attempt.at),
                "asked": attempt.asked,
                "seconds": round(attempt.seconds, 3),
                "verdict": attempt.verdict,
                "detail": attempt.detail,
            }
            for attempt in shown.attempts
        ],
    }


def _sheet(shown: Shown) -> str:
    entry = shown.entry
    about = entry.call_id.removeprefix(PREFIX)
    lines = [
        one_line(f"{_what(entry)} {about} to {entry.destination}: {entry.state}"),
        one_line(advice(entry, shown.writes)),
        *([f"The CRM said: {one_line(entry.detail)}"] if entry.detail else []),
        "",
        listed(_PLAN_HEADS, map(_planned, shown.writes), "no write is planned yet"),
        "",
        listed(
            _ATTEMPT_HEADS,
            (
                (moment(a.at), a.asked, f"{a.seconds:.3f}", a.verdict, a.detail)
                for a in shown.attempts
            ),
            "nothing was tried yet",
        ),
    ]
    return "\n".join(lines)


def _planned(write: Write) -> tuple[object, ...]:
    planned = write.planned
    return planned.command.command, write.state, write.result or "-", planned.why
