"""`asterisk-bridge crm`: look at the built-in CRM, and bring a list of clients into it."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click

from bridge.cli.lines import json_text, listed, one_line
from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.builtin.intake import Mistake
from bridge.crm.builtin.lists import HEADINGS, Unreadable, decode, read, unknown
from bridge.domain.ports import CrmRefused, CrmUnavailable

T = TypeVar("T")

_PATIENCE: Final = 60.0  # seconds: a person waits longer than a call does
_BATCH: Final = 200  # entries written at once, so that a running daemon gets its turn

# list -> the columns that fit a terminal; --json has all
COLUMNS: Final = {
    "contacts": ("id", "name", "phones", "owner", "company"),
    "companies": ("id", "name", "inn", "phones", "owner"),
    "leads": ("id", "title", "phones", "did", "owner", "contact", "repeat", "closed"),
    "deals": ("id", "title", "pipeline", "stage", "owner", "contact", "company"),
    "calls": (
        "id",
        "started_at",
        "direction",
        "phone",
        "did",
        "user",
        "disposition",
        "entities",
        "recordings",
    ),
    "tasks": ("id", "title", "owner", "entity", "done"),
    "users": ("id", "name", "extensions", "email"),
}
KINDS: Final = ("contact", "company", "lead", "deal", "call")


@click.group(name="crm")
@click.option(
    "--file",
    envvar="ASTERISK_BRIDGE_CRM",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The CRM's file (or ASTERISK_BRIDGE_CRM).",
)
@click.pass_context
def command(context: click.Context, file: Path | None) -> None:
    """Look at the built-in CRM, or bring clients into it."""
    context.obj = file


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_(crm_file: Path | None, file: Path) -> None:
    """Bring in contacts, companies and open deals from FILE (.csv or .vcf).

    The first line of a .csv names its columns, in any order, in English or Russian:

    \b
    name      of the person; without it the line is a company
    company   the person's, or the client itself
    inn       the company's
    phones    several with , or ; or in columns phone 1, phone 2
    emails    the same
    owner     a user's id, extension, e-mail or name
    deal      title of an open deal
    pipeline  id of the deal's pipeline; else the first one

    May be run again: what is there already is found, not doubled. Lines with a mistake are named
    and left out; then the exit code is 1. Other columns are named and not read.
    """
    text = decode(file.read_bytes())
    try:
        entries = read(file.name, text)
    except Unreadable as error:
        _cannot(str(error))
    if passed_over := unknown(file.name, text):
        _say_unknown(file, passed_over)

    async def bring(crm: BuiltinCrm) -> tuple[Counter[str], list[Mistake]]:
        told: Counter[str] = Counter()
        mistakes: list[Mistake] = []
        starts = range(0, len(entries), _BATCH)
        unseen = not sys.stderr.isatty()
        with click.progressbar(starts, label=file.name, file=sys.stderr, hidden=unseen) as shown:
            for start in shown:
                done, wrong = await crm.take(entries[start : start + _BATCH])
                told += done
                mistakes += wrong
        return told, mistakes

    told, mistakes = _with_crm(crm_file, bring)
    for mistake in mistakes:
        click.echo(f"{file.name}, line {mistake.line}: {one_line(mistake.text)}", err=True)
    click.echo(", ".join(f"{what}: {count}" for what, count in told.items()) or "nothing new")
    sys.exit(1 if mistakes else 0)


def _say_unknown(file: Path, columns: list[str]) -> None:
    named = ", ".join(_cell(column) for column in columns)
    known = ", ".join(HEADINGS)
    click.echo(f"{file.name}: columns that are not read: {named}; known: {known}", err=True)


def _list_command(kind: str) -> click.Command:
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
    @click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
    @click.pass_obj
    def show_list(crm_file: Path | None, as_json: bool, limit: int) -> None:
        _must_be_there(crm_file)
        rows = _with_crm(crm_file, lambda crm: crm.rows(kind, limit))
        if as_json:
            for row in rows:
                click.echo(json_text(row))
        else:
            columns = COLUMNS[kind]
            cells = ([_cell(row.get(name)) for name in columns] for row in rows)
            click.echo(listed(columns, cells, f"there are no {kind}"))

    return click.command(kind, help=f"The {kind}, newest first.")(show_list)


for _kind in COLUMNS:
    command.add_command(_list_command(_kind))


@command.command("show")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(crm_file: Path | None, kind: str, id: str, as_json: bool) -> None:
    """One entity or call with everything around it."""
    _must_be_there(crm_file)
    card = _with_crm(crm_file, lambda crm: crm.card(kind, id))
    if card is None:
        click.echo(f"there is no {kind} {id}", err=True)
        sys.exit(1)
    click.echo(json_text(card, indent=2) if as_json else _sheet(card))


def _with_crm(file: Path | None, work: Callable[[BuiltinCrm], Awaitable[T]]) -> T:
    """Only a file that is not there yet gets the lists that a new company starts with."""
    file = _named(file)
    fresh = {} if not file.exists() else {"pipelines": ()}
    crm = BuiltinCrm(BuiltinSettings(file=file, timeout=_PATIENCE, **fresh))

    async def run() -> T:
        try:
            return await work(crm)
        finally:
            await crm.close()

    try:
        return asyncio.run(run())
    except (CrmRefused, CrmUnavailable) as error:
        _cannot(f"{file}: {error}")


def _named(file: Path | None) -> Path:
    return file or _cannot("say which CRM: crm --file FILE, or ASTERISK_BRIDGE_CRM=FILE")


def _must_be_there(file: Path | None) -> None:
    if not _named(file).exists():
        _cannot(f"there is no CRM file {file}; `asterisk-bridge crm import` makes one")


def _cannot(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(2)


def _sheet(card: dict[str, Any]) -> str:
    """One fact a line; a list of things, one thing a line below its name."""
    lines = []
    for name, value in card.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{name}:", *(f"  {_facts(each)}" for each in value)]
        elif value not in (None, "", [], {}):
            lines.append(f"{name}: {_cell(value)}")
    return "\n".join(lines)


def _facts(thing: dict[str, Any]) -> str:
    return "; ".join(f"{k} {_cell(v)}" for k, v in thing.items() if v not in (None, "", [], {}))


def _cell(value: object) -> str:
    """Text for a terminal: what callers sent cannot move its cursor."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_cell(each) for each in value)
    text = "" if value is None or value is False else "yes" if value is True else str(value)
    return "".join(each if each.isprintable() else "?" for each in text)
