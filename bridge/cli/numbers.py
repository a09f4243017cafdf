"""`asterisk-bridge numbers test`: how numbers are read, and in which forms they are searched."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from bridge.cli.from_store import cannot
from bridge.cli.lines import one_line, table
from bridge.cli.region import COUNTRY, country
from bridge.config.document import Document, read
from bridge.crm.phones import extension, formatted, forms, number
from bridge.domain.numbers import short, withheld

SHORT: Final = "short"
HIDDEN: Final = "hidden"
UNREADABLE: Final = "unreadable"
AS_EXPECTED: Final = "as expected"
NOT_SAID: Final = "nothing is expected"


@dataclass(frozen=True, slots=True)
class Read:
    """`what`: E.164, or one of the words above."""

    what: str
    extension: str | None = None
    searched: tuple[str, ...] = ()


def read_as(written: str, region: str) -> Read:
    """What becomes of a number that a network or a person wrote so."""
    if withheld(written):
        return Read(HIDDEN)
    found = number(written, region)
    if found is None:
        return Read(SHORT if short(written) else UNREADABLE)
    searched = [*forms(found, region), formatted(found, region)]
    return Read(found, extension(written), tuple(form for form in searched if form))


@click.group("numbers")
def command() -> None:
    """Try how numbers are read."""


@command.command("test")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--region", type=COUNTRY, help="Country that reads national numbers; default: FILE's, or RU."
)
def test(file: Path, region: str | None) -> None:
    """Read each number of FILE and compare.

    FILE is YAML: `region: RU`, and under `numbers` what is written with what it means: a number in
    E.164, `short`, `hidden` or `unreadable`, an extension after a comma ("+74951000001, 12"). One
    without a meaning is only shown. Exits 1 when one is read otherwise.
    """
    document = read(_text(file), str(file))
    if document.findings:
        cannot("\n".join(map(str, document.findings)))
    numbers = _expected(document)
    if not numbers:
        cannot(
            f'{file}: write `numbers:` and below it lines like "8 916 123-45-67": "+79161234567"'
        )
    chosen = region or country(str(document.values.get("region", "RU")))
    rows = [_row(written, wanted, chosen) for written, wanted in numbers.items()]
    click.echo(table(("written", "read as", "extension", "outcome", "searched as"), rows))
    sys.exit(any(row[3] not in (AS_EXPECTED, NOT_SAID) for row in rows))


def _expected(document: Document) -> dict[str, Any]:
    """What is written, with what it means; None where nothing stands behind it."""
    said = document.values.get("numbers")
    meant = said if isinstance(said, Mapping) else {}
    keys = (path[1] for path in document.places if len(path) == 2 and path[0] == "numbers")
    return {key: meant.get(key) for key in keys if isinstance(key, str)}


def _row(written: str, wanted: Any, region: str) -> tuple[str, str, str, str, str]:
    found = read_as(written, region)
    meant, _, behind = (part.strip() for part in str(wanted).partition(","))
    right = (found.what, found.extension or "") == (meant, behind)
    outcome = AS_EXPECTED if right else f"should be {one_line(wanted)}"
    if wanted is None:
        outcome = NOT_SAID
    return (
        written,
        found.what,
        found.extension or "",
        outcome,
        " | ".join(dict.fromkeys(found.searched)),
    )


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        cannot(f"cannot read {file}: {error}")
