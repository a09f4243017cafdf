"""What the routing names and no PBX has: telephones, numbers to call out to, places in a dialplan.

Asked over AMI with `Getvar`, which reads functions without a channel, too (manager.c, Asterisk 16
to 22): DEVICE_STATE is INVALID for what is no device, DIALPLAN_EXISTS is 0 for what is no place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bridge.ami.session import Session
from bridge.config.model import Config, Pbx
from bridge.link.errors import LinkError
from bridge.routing.settings import AfterHours, Hidden, RoutingSettings

Read = Callable[[str], Awaitable[str]]
_WAYS: Final = ("BRIDGE_CLOSED_VOICEMAIL", "BRIDGE_CLOSED_CALLBACK")
_OWN: Final = "own"
_OUTGOING: Final = "from-internal"  # BRIDGE_CLOSED_OUTGOING, if not set


@dataclass(frozen=True, slots=True)
class _Named:
    """`of` in the configuration; `rung` is what Dial() gets for it."""

    of: str
    rung: str


async def strange(config: Config, pbx: Pbx) -> dict[str, str]:
    """What this PBX, which is logged in to, does not have, and what to write instead; nothing where
    it asks for no routes. Raises LinkError."""
    session = Session(pbx.model_copy(update={"classes": "off"}), None, lambda _: None)
    try:
        await session.open()
        await session.authenticate()
        return await missing(config.routing, _reader(session, pbx)) if config.agi else {}
    finally:
        session.close()


def _reader(session: Session, pbx: Pbx) -> Read:
    async def read(variable: str) -> str:
        reply = await session.action("Getvar", {"Variable": variable})
        if not reply.ok:
            raise LinkError(f"Getvar: {reply.message}: give {pbx.username} `write = reporting`")
        return str(reply.response.get("Value") or "")

    return read


async def missing(routing: RoutingSettings, read: Read) -> dict[str, str]:
    """The same by what `read` says of a variable or a function."""
    found = dict[str, str]()
    for one in _telephones(routing):
        if all([await _is_no_device(read, device) for device in one.rung.split("&")]):
            found[one.of] = f"{one.rung} is no device there; write who rings, or see `routing.dial`"
    outgoing = await read("BRIDGE_CLOSED_OUTGOING") or _OUTGOING
    for one in _numbers(routing):
        if await read(f"DIALPLAN_EXISTS({outgoing},{one.rung},1)") == "0":
            found[one.of] = (
                f"the context {outgoing} does not call it; name the one that calls out in the"
                " global BRIDGE_CLOSED_OUTGOING"
            )
    for name in _WAYS:
        way = await read(name)
        if way not in ("", _OWN) and await read(f"DIALPLAN_EXISTS({way})") == "0":
            found[f"global {name}"] = (
                f"{way} is no place of the dialplan; write context,extension,priority or `{_OWN}`"
            )
    return found


async def _is_no_device(read: Read, device: str) -> bool:
    return await read(f"DEVICE_STATE({device})") == "INVALID"


def _telephones(routing: RoutingSettings) -> Iterator[_Named]:
    for extension, of in _extensions(routing):
        yield _Named(of, routing.dial.replace("{extension}", extension))


def _extensions(routing: RoutingSettings) -> Iterator[tuple[str, str]]:
    for extension, person in routing.people.items():
        yield extension, f"extension {extension} of routing.people"
        deputies = [person.deputy, *(absence.deputy for absence in person.absences)]
        for deputy in dict.fromkeys(filter(None, deputies)):
            yield deputy, f"deputy {deputy} of {extension}"
    for rule in routing.rules:
        if rule.then.extension:
            yield rule.then.extension, f"extension {rule.then.extension} of rule {rule.name}"


def _numbers(routing: RoutingSettings) -> Iterator[_Named]:
    said: dict[str, AfterHours | Hidden | None]
    said = {"routing.after_hours": routing.after_hours, "routing.hidden": routing.hidden}
    for did, line in routing.lines.items():
        here = f"line *{did[-4:]}"
        said |= {f"after_hours of {here}": line.after_hours, f"hidden of {here}": line.hidden}
    for of, policy in said.items():
        if policy is not None and policy.number is not None:
            yield _Named(f"number of {of}", policy.number)
