"""A scenario: a conversation between people of the office, and the truth about it.

@scenario(inbound(**talked(("102", "dial"))))
async def group_answered(at: Office) -> None:
    await at.client.calls(SALES)
    await at.bob.answers()
    await at.client.talks_with(at.bob)
    await at.client.hangs_up()
"""

import asyncio
import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tests.scenarios
from tests.lab.office import Office
from tests.lab.truth import Record

# A conversation takes the office that its wing names.
Conversation = Callable[[Any], Awaitable[None]]
ALL: dict[str, "Scenario"] = {}


@dataclass(frozen=True)
class Scenario:
    """`on_16`: one of the chosen third that is played on Asterisk 16, too.

    `agents`: what the directory must know beforehand, as the fields of its entries. `wing`: which
    office it is played in (`Office.wing`).
    """

    conversation: Conversation
    records: tuple[Record, ...]
    internal: tuple[Record, ...] | None
    on_16: bool
    agents: tuple[Record, ...] = ()
    wing: str = ""

    @property
    def name(self) -> str:
        return "_".join(filter(None, (self.wing, self.conversation.__name__)))

    async def play(self, office: Office, keep: Path) -> bytes:
        """Let the people talk; the raw AMI stream, from silence to silence, also in `keep`."""
        async with office.playing(keep):
            await self.conversation(office)
        return await asyncio.to_thread(keep.read_bytes)

    def truth(self, office: Office) -> dict[str, Any]:
        """The content of `truth.json`: the records, and the office they were made in."""
        drivers = sorted({device.split("/")[0] for device in office.asterisk.devices.values()})
        return {
            "scenario": self.name,
            "asterisk": office.asterisk.build.version,
            "drivers": drivers,
            "trunk": list(office.trunks),
            "extension": None,
            **self.written(),
        }

    def written(self) -> dict[str, Any]:
        """What of its truth was written by hand, whatever the office was."""
        return {
            "says": (self.conversation.__doc__ or "").strip(),
            "agents": list(self.agents),
            "records": list(self.records),
            "internal": list(self.internal) if self.internal is not None else None,
        }


def scenario(
    *records: Record,
    internal: tuple[Record, ...] | None = None,
    on_16: bool = False,
    agents: tuple[Record, ...] = (),
    wing: str = "",
) -> Callable[[Conversation], Conversation]:
    """Enter a conversation under its own name, with the client calls it must leave behind.

    `internal` names the calls inside the office, where they are part of the truth; `agents` whose
    the mobiles and second devices are.
    """

    def enter(conversation: Conversation) -> Conversation:
        made = Scenario(conversation, records, internal, on_16, agents, wing)
        if made.name in ALL:
            raise ValueError(f"two scenarios are called {made.name}")
        ALL[made.name] = made
        return conversation

    return enter


def load() -> dict[str, Scenario]:
    """Every scenario of tests/scenarios, by name."""
    for module in pkgutil.iter_modules(tests.scenarios.__path__):
        if not module.name.startswith("test_"):
            importlib.import_module(f"tests.scenarios.{module.name}")
    return ALL
