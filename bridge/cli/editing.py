"""`asterisk-bridge deliveries edit`: a person corrects what is to be written to a CRM."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from bridge.cli.from_store import pass_address, with_store
from bridge.domain.commands import Planned
from bridge.outbox.edit import CannotEdit, changed, replaced
from bridge.storage.desk import Shown

DELIVERY = click.IntRange(1, 2**31 - 1)  # what every store counts as far as


def who() -> str:
    """The person at the terminal, also behind sudo."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


@click.command("edit")
@click.argument("id", type=DELIVERY)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="COMMAND.FIELD=VALUE",
    help="As create_lead.title='Repeat call'; without any, $EDITOR opens.",
)
@pass_address
def edit(address: str, id: int, settings: tuple[str, ...]) -> None:
    """Change what is planned and was not sent: phone, title, user, entity, fields. Then: retry."""
    shown = with_store(address, lambda store: store.delivery(id))
    if shown is None:
        _refused(f"there is no delivery {id}; see: asterisk-bridge deliveries list")
    elif not shown.writes:
        _refused("nothing is planned yet, so there is nothing to edit; see: deliveries show")
    else:
        _store(address, id, shown, settings)


def _store(address: str, id: int, shown: Shown, settings: tuple[str, ...]) -> None:
    before = {write.planned.key: write.planned for write in shown.writes}
    try:
        after = _by_settings(before, settings) if settings else _by_editor(before)
        if after == before:
            click.echo("nothing has changed")
            return
        now, by = datetime.now(UTC), who()
        with_store(address, lambda store: store.edit(id, after, now=now, by=by))
    except CannotEdit as error:
        _refused(f"delivery {id}: {error}")
    click.echo(f"delivery {id} is changed; now: asterisk-bridge deliveries retry {id}")


def _by_settings(plan: Mapping[str, Planned], settings: tuple[str, ...]) -> dict[str, Planned]:
    """`create_lead.title=…`: the word of the command finds it; where two have it, the first."""
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    names = {item.command.command: key for key, item in reversed(list(plan.items()))}
    for setting in settings:
        path, equals, value = setting.partition("=")
        name, dot, field = path.partition(".")
        if not (equals and dot and name in names):
            known = ", ".join(names)
            raise CannotEdit(f"{setting!r} is no COMMAND.FIELD=VALUE; the commands are {known}")
        wanted[names[name]][field] = value
    return {key: changed(item, wanted.get(key, {})) for key, item in plan.items()}


def _by_editor(plan: Mapping[str, Planned]) -> dict[str, Planned]:
    text = json.dumps([item.to_json() for item in plan.values()], indent=2, ensure_ascii=False)
    edited = click.edit(text, extension=".json")
    if edited is None:
        return dict(plan)
    try:
        plain = json.loads(edited)
        return {
            key: replaced(item, new) for (key, item), new in zip(plan.items(), plain, strict=True)
        }
    except (ValueError, TypeError, RecursionError) as error:
        raise CannotEdit(f"this is not the list of commands that it was: {error}") from None


def _refused(why: str) -> None:
    click.echo(why, err=True)
    sys.exit(1)
