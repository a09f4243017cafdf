"""`asterisk-bridge media`: which trunks and phones speak without SRTP, in words.

Asks and changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from bridge.ami.media import Media, Srtp, look
from bridge.ami.session import Session
from bridge.cli.check import DEFAULT_CONFIG
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load
from bridge.config.model import Config, Pbx
from bridge.domain.directory import Role
from bridge.link.errors import LinkError

_LOOK_EVERY: Final = 1.0  # seconds
_SAYS: Final = {
    Srtp.ALWAYS: "SRTP",
    Srtp.PERHAPS: "SRTP only where the other side wants it: without"
    " `media_encryption_optimistic` always",
    Srtp.NEVER: "no SRTP: whoever listens on the way hears it; set `media_encryption` on both"
    " sides",
}


@click.command("media")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True
)
@click.option("--for", "seconds", default=0.0, help="Look at calls for so many seconds.")
@click.option("--json", "as_json", is_flag=True)
def command(config: Path, seconds: float, as_json: bool) -> None:
    """Say which endpoints and calls of each PBX are without SRTP. Exits 1 when any is."""
    try:
        settings = load(config)
        answers = asyncio.run(_all(settings, seconds))
    except (ConfigRefused, ConfigUnreadable, LinkError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps({pbx.name: _plain(media) for pbx, media in answers}))
    else:
        click.echo("\n".join(line for pbx, media in answers for line in told(settings, pbx, media)))
    sys.exit(int(any(_is_heard(media) for _, media in answers)))


async def _all(config: Config, seconds: float) -> list[tuple[Pbx, Media]]:
    """Of the PBXs that are followed over AMI: ARI does not tell."""
    return [(pbx, await _asked(pbx, seconds)) for pbx in config.pbx if pbx.events == "ami"]


async def _asked(pbx: Pbx, seconds: float) -> Media:
    """Log in, look until the time is over, log off. Raises LinkError."""
    session, media = (
        Session(pbx.model_copy(update={"classes": "off"}), None, lambda _: None),
        Media(),
    )
    until = time.monotonic() + seconds
    try:
        await session.open()
        await session.authenticate()
        await look(session.action, media)
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _LOOK_EVERY))
            await look(session.action, media)
    finally:
        session.close()
    return media


def told(config: Config, pbx: Pbx, media: Media) -> Iterator[str]:
    """A line for each endpoint and each call, those without SRTP first."""
    yield f"{pbx.name}:"
    worst = list(Srtp)[::-1]
    for device, srtp in sorted(media.endpoints.items(), key=lambda it: (worst.index(it[1]), it[0])):
        yield f"  {_named(config, pbx, device)}: {_SAYS[srtp]}"
    for channel, secure in sorted(media.calls.items(), key=lambda it: (it[1], it[0])):
        whose = _named(config, pbx, channel.rpartition("-")[0])
        yield f"  call {channel} of {whose}: {'SRTP' if secure else 'in clear'}"
    for question, why in media.unasked.items():
        act = f"give {pbx.username} `write = system` for a moment, or look at calls with --for 60"
        yield f"  not asked how endpoints are set up ({question}: {why}): {act}"
    if not media.endpoints and not media.calls:
        yield "  nothing is known: no call was up"


def _named(config: Config, pbx: Pbx, device: str) -> str:
    role, extension = config.directory(pbx).role(f"{device}-0")
    kind = {Role.TRUNK: "trunk", Role.AGENT: f"phone of {extension},"}.get(role, "endpoint")
    return f"{kind} {device}"


def _is_heard(media: Media) -> bool:
    return Srtp.NEVER in media.endpoints.values() or not all(media.calls.values())


def _plain(media: Media) -> dict[str, Any]:
    return {"endpoints": media.endpoints, "calls": media.calls, "unasked": media.unasked}
