"""Captures of either kind: raw AMI, or ARI's events one a line; and who is who in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bridge.ami import replay
from bridge.ami.codec import BANNER
from bridge.ari.recorded import is_ari
from bridge.ari.recorded import pbx_events as from_ari
from bridge.cli.from_store import cannot
from bridge.cli.region import COUNTRY
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load
from bridge.config.model import Config
from bridge.domain.directory import Directory
from bridge.domain.record import CallRecord
from bridge.link.damage import Damage

Command = TypeVar("Command", bound=Callable[..., Any])

_AMI: Final = re.compile(rb"^(?:Event: |Response: |" + BANNER + rb")", re.MULTILINE)


def reading_options(command: Command) -> Command:
    """What a person knows of a capture that is not in it: `--trunk`, `--extension`, `--region`."""
    for option in (
        click.option("--region", type=COUNTRY, help="Reads national numbers; RU by default."),
        click.option(
            "--extension",
            "extensions",
            multiple=True,
            help="Regular expression on channel names; its first group is the extension.",
        ),
        click.option(
            "--trunk", "trunks", multiple=True, help="Glob on channel names: PJSIP/trunk-*."
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Known:
    """What is known of a capture: by the configuration, and before it by the options."""

    directory: Directory
    region: str
    settings: Config | None


def known(
    config: Path | None,
    trunks: tuple[str, ...],
    extensions: tuple[str, ...],
    region: str | None,
) -> Known:
    """Of several PBXs the first is asked. Ends the program where one of them cannot be read."""
    for pattern in extensions:
        _look_at(pattern)
    if config is None:
        return Known(Directory(trunks=trunks, extensions=extensions), region or "RU", None)
    try:
        settings = load(config)
    except (ConfigRefused, ConfigUnreadable) as error:
        cannot(str(error))
    first = settings.pbx[0]
    directory = Directory(
        [agent.agent(settings.region) for agent in settings.agents],
        trunks=trunks or first.trunks,
        extensions=extensions or first.extensions,
    )
    return Known(directory, region or settings.region, settings)


def _look_at(extension: str) -> None:
    try:
        groups = re.compile(extension).groups
    except re.error as error:
        cannot(f"--extension {extension}: this is no regular expression ({error})")
    if not groups:
        cannot(f"--extension {extension}: put parentheses around the extension")


def is_capture(first: bytes) -> bool:
    """Whether a file that begins like this may be one, however soon it was cut off."""
    first = first.lstrip()
    if is_ari(first):
        line, whole, _ = first.partition(b"\n")
        return b'"type"' in line or not whole
    return BANNER.startswith(first) or _AMI.search(first) is not None


def call_records(
    chunks: Iterable[bytes],
    known: Known,
    damaged: Callable[[Damage], None] = lambda damage: None,
) -> Iterator[CallRecord]:
    """The finished calls of one capture, internal ones too; its first byte says of which kind."""
    stream = iter(chunks)
    first = next(stream, b"")
    read = from_ari if is_ari(first) else replay.pbx_events
    yield from replay.call_records(
        chain([first], stream), known.directory, region=known.region, damaged=damaged, read=read
    )
