"""`asterisk-bridge discover`: who is on this PBX, as lines for the configuration.

Asks and changes nothing. What the AMI user may not ask is left out and said.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from bridge.ami.codec import Frame
from bridge.ami.session import Session
from bridge.ari.rest import reading
from bridge.ari.snapshot import endpoints
from bridge.cli.check import DEFAULT_CONFIG
from bridge.cli.lines import json_text
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load
from bridge.config.model import Config, Pbx
from bridge.domain.directory import Role
from bridge.link.errors import LinkError

# Lists to ask for. The first two need the right `system`, and the others know nearly as much.
QUESTIONS: Final = (
    "PJSIPShowEndpoints",
    "SIPpeers",
    "DeviceStateList",
    "CoreShowChannels",
    "QueueStatus",
)
_DEVICE: Final = re.compile(r"^(?:PJSIP|SIP|IAX2|DAHDI)/[^/&@,;]+$")
# A queue member as FreePBX and others write it: Local/101@from-queue/n, hint:101@ext-local.
_MEMBER: Final = re.compile(r"^(?:Local/|hint:|PJSIP/|SIP/)(\d{2,6})(?:@|$)")


@dataclass(slots=True)
class Found:
    """Extension to its devices and name, and the trunks; `unasked` says what we may not ask."""

    agents: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    trunks: list[str] = field(default_factory=list)
    unasked: dict[str, str] = field(default_factory=dict)


def found(frames: Iterable[Frame], config: Config, pbx: Pbx) -> Found:
    """What the answers tell, each device by the directory that the daemon itself would use."""
    frames = list(frames)
    result = sorted_out((device for frame in frames for device in _devices(frame)), config, pbx)
    for frame in frames:
        if (named := _member(frame)) is not None:
            result.names.setdefault(*named)
    return result


def sorted_out(devices: Iterable[str], config: Config, pbx: Pbx) -> Found:
    """Whose devices these are."""
    result, directory = Found(), config.directory(pbx)
    for device in devices:
        role, extension = directory.role(f"{device}-0")
        if role is Role.AGENT and extension is not None:
            _add(result.agents.setdefault(extension, []), device)
        elif role is Role.TRUNK:
            _add(result.trunks, f"{device}-*")
    return result


def _add(devices: list[str], device: str) -> None:
    if device not in devices:
        devices.append(device)


def _devices(frame: Frame) -> Iterator[str]:
    kind = frame.get("Event")
    candidates = {
        "EndpointList": [f"PJSIP/{frame.get('ObjectName')}"],
        "PeerEntry": [f"{frame.get('Channeltype')}/{frame.get('ObjectName')}"],
        "DeviceStateChange": [frame.get("Device")],
        "CoreShowChannel": [frame.get("Channel").rpartition("-")[0]],
    }.get(kind, [])
    return (device for device in candidates if _DEVICE.match(device))


def _member(frame: Frame) -> tuple[str, str] | None:
    """The extension and name of a queue member whose name is not only its interface again."""
    if frame.get("Event") != "QueueMember":
        return None
    name, places = frame.get("Name"), (frame.get("StateInterface"), frame.get("Location"))
    extension = next((match[1] for place in places if (match := _MEMBER.match(place))), None)
    return None if extension is None or not name or "/" in name else (extension, name)


async def ask(config: Config, pbx: Pbx) -> Found:
    """Log in, ask, log off, over AMI or ARI. Raises LinkError."""
    if pbx.events == "ari" and pbx.ari is not None:
        async with reading(pbx.ari) as rest:
            devices = [one for one in await endpoints(rest) if _DEVICE.match(one)]
        result = sorted_out(devices, config, pbx)
        result.unasked = {"names": "ARI does not tell them"}
        return result
    return await _ask_ami(config, pbx)


async def _ask_ami(config: Config, pbx: Pbx) -> Found:
    session = Session(pbx.model_copy(update={"classes": "off"}), None, lambda frame: None)
    frames: list[Frame] = []
    unasked: dict[str, str] = {}
    try:
        await session.open()
        await session.authenticate()
        for question in QUESTIONS:
            reply = await session.action(question)
            frames += reply.items
            if reply.denied:
                unasked[question] = reply.message
    finally:
        session.close()
    result = found(frames, config, pbx)
    result.unasked = unasked
    return result


def snippet(pbx: Pbx, result: Found) -> Iterator[str]:
    """Lines for the configuration; every text in quotes, as a PBX may name things anyhow."""
    yield f"# {pbx.name}: for pbx[{pbx.name}]"
    yield "    trunks:" if result.trunks else "    # no trunks seen"
    yield from (f"      - {_quoted(trunk)}" for trunk in sorted(result.trunks))
    yield "agents:" if result.agents else "# no agents seen"
    for extension, devices in sorted(result.agents.items()):
        yield f"  - extension: {_quoted(extension)}"
        if name := result.names.get(extension):
            yield f"    name: {_quoted(name)}"
        yield f"    endpoints: [{', '.join(map(_quoted, devices))}]"
    for question, why in result.unasked.items():
        yield f"# not asked: {question}: {json_text(why)}"


def _quoted(text: str) -> str:
    return json_text(text)


@click.command("discover")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True
)
@click.option("--json", "as_json", is_flag=True)
def command(config: Path, as_json: bool) -> None:
    """Print the agents and trunks that each PBX of the configuration knows, as lines for it."""
    try:
        settings = load(config)
        answers = asyncio.run(_all(settings))
    except (ConfigRefused, ConfigUnreadable, LinkError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if as_json:
        click.echo(json_text({name: _plain(one) for name, one in answers}))
        return
    by_name = {pbx.name: pbx for pbx in settings.pbx}
    click.echo("\n".join(line for name, one in answers for line in snippet(by_name[name], one)))


async def _all(config: Config) -> list[tuple[str, Found]]:
    return [(pbx.name, await ask(config, pbx)) for pbx in config.pbx]


def _plain(result: Found) -> dict[str, Any]:
    return {
        "agents": [
            {"extension": extension, "name": result.names.get(extension), "endpoints": devices}
            for extension, devices in sorted(result.agents.items())
        ],
        "trunks": sorted(result.trunks),
        "unasked": result.unasked,
    }
