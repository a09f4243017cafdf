"""`asterisk-bridge rules test`: do the rules of the configuration do what the company means."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click
from pydantic import BaseModel, TypeAdapter, ValidationError

from bridge.app import destinations
from bridge.cli.check import DEFAULT_CONFIG
from bridge.cli.from_store import cannot
from bridge.cli.lines import table
from bridge.cli.route import configured
from bridge.config.document import read_items
from bridge.config.explain import explained
from bridge.config.model import Config
from bridge.routing.decide import decide
from bridge.routing.example import Example
from bridge.rules.policy import Policy

FILE = click.Path(path_type=Path)
Some = TypeVar("Some", bound=BaseModel)


@click.group("rules")
def command() -> None:
    """Test the rules of the configuration."""


@command.command("test")
@click.option("-c", "--config", type=FILE, default=DEFAULT_CONFIG, show_default=True)
@click.argument("file", type=FILE)
def test(config: Path, file: Path) -> None:
    """Decide each example of FILE (YAML, docs/routing.md) and compare. No CRM is asked.

    Exits 1 when one comes out otherwise.
    """
    settings = configured(config)
    examples = examples_in(file, Example)
    users, policy = first_crm(settings)
    rows = []
    for place, example in enumerate(examples, 1):
        case = example.case(settings.routing, users, policy, settings.region)
        path = decide(replace(case, employees=settings.employees()))
        wrong = example.differences(path)
        named = example.name or example.number or "hidden"
        rows.append((place, named, path.decision.label, "; ".join(wrong) or "as expected"))
    click.echo(table(("", "example", "label", "outcome"), rows))
    sys.exit(any(row[3] != "as expected" for row in rows))


def first_crm(config: Config) -> tuple[Mapping[str, str], Policy]:
    """Users and policy of the first CRM, as the configuration has them."""
    for to in destinations(config):
        return config.users(to), config.policy(to)
    return {}, config.rules


def examples_in(file: Path, kind: type[Some]) -> list[Some]:
    """Every scalar as it is written, as the configuration reads them. Ends the program for a file
    that holds no such examples, with the line and what to write instead."""
    try:
        written, document = read_items(file.read_text("utf-8"), str(file))
    except OSError as error:
        cannot(f"{file} cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        cannot(f"{file}: byte {error.start} is no UTF-8: save the file as UTF-8")
    reader: TypeAdapter[list[Some]] = TypeAdapter(list[kind])  # type: ignore[valid-type]
    try:
        examples = reader.validate_python(written)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            number, *within = wrong["loc"]
            wrong["loc"] = tuple(within)
            path, problem, advice = explained(wrong, kind, {})
            document.find((number, *path), problem, advice)
    if document.findings:
        cannot("\n".join(map(str, sorted(document.findings))))
    if not examples:
        cannot(f"{file}: no example in it: write a list of calls, each with what is to come out")
    return examples
