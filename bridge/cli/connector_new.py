"""`asterisk-bridge connector new`: a connector in Python begun, from the template."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from bridge.cli.from_store import cannot
from bridge.crm.registry import kinds

_TEMPLATE: Final = Path(__file__).parents[1] / "crm" / "template"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")


@click.command("new")
@click.argument("name")
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default=".",
    help="Where the folder is made.",
)
def new(name: str, folder: Path) -> None:
    """Begin a connector in Python, in a folder NAME: it passes the contract from the start."""
    if why := _no_name(name):
        cannot(f"{name!r} cannot be the name: {why}")
    place = folder / name
    if place.exists():
        cannot(f"{place} is there already; name another, or remove it")
    try:
        _copy(place, name)
    except OSError as error:
        cannot(f"{place} cannot be written: {error.strerror or error}")
    click.echo(
        f"{place} is a connector that keeps everything in memory. Next:\n"
        f"  pip install -e {place} pytest pytest-asyncio\n"
        f"  python -m pytest {place}\n"
        f"then put your CRM's requests into {place}/{name}/api.py (docs/connectors.md)"
    )


def _no_name(name: str) -> str | None:
    """Why a package cannot be called so, where it cannot."""
    if not _NAME.fullmatch(name):
        return "write 2 to 31 small letters, digits and _, a letter first"
    if keyword.iskeyword(name):
        return "it is a word of Python itself; write another, as my_crm"
    if name in kinds():
        return f"there is a CRM of kind {name} already; write another, as my_{name}"
    if name in sys.stdlib_module_names or find_spec(name) is not None:
        return "Python has a module of this name already; write another, as my_crm"
    return None


def _copy(place: Path, name: str) -> None:
    """The template under its new name: a package, its project file, its test."""
    package = place / name
    package.mkdir(parents=True)
    for source in _TEMPLATE.glob("*.py"):
        (package / source.name).write_text(_renamed(source.read_text("utf-8"), name), "utf-8")
    for source in _TEMPLATE.glob("*.txt"):
        target = place / source.name.removesuffix(".txt")
        target.write_text(_renamed(source.read_text("utf-8"), name), "utf-8")


def _renamed(text: str, name: str) -> str:
    called = "".join(part.capitalize() for part in name.split("_"))
    text = text.replace("bridge.crm.template", name).replace("Template", called)
    return re.sub(r"\btemplate\b", name, text)
