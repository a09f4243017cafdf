"""Whose channel is it: agents, trunks and the rest, found in the channel's name.

A caller-id field never names an agent: for a group it holds the group's number, for a queue the
DID, for FreePBX's outgoing calls the company's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fnmatch import translate as glob_to_regex
from typing import Final

DEFAULT_EXTENSION: Final = r"^(?:PJSIP|SIP)/(\d{2,6})-"

# Channels that are Asterisk's own machinery: nobody is behind them.
_MACHINERY: Final = re.compile(
    r"^(?:Announcer|AsyncGoto|AudioSocket|Bridge|CBAnn|CBRec|ConfBridge\w*|DAHDI/pseudo|Message"
    r"|MulticastRTP|Parked|Recorder|Snoop|Surrogate|UnicastRTP|WebSocket)(?:/|$)"
)
# From the first of a row alone: from each a long row would be read to its end.
_ZOMBIE: Final = re.compile(r"(?<!<MASQ>)(?<!<ZOMBIE>)(?:<(?:MASQ|ZOMBIE)>)+$")


class Role(Enum):
    """What a channel is to us."""

    AGENT = "agent"
    TRUNK = "trunk"
    LOCAL = "local"
    MACHINERY = "machinery"


# Plain names: the tracker asks at each event, and on Python 3.11 the member of an Enum costs
# several times one.
AGENT: Final = Role.AGENT
TRUNK: Final = Role.TRUNK
LOCAL: Final = Role.LOCAL
MACHINERY: Final = Role.MACHINERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One person. `endpoints` are globs on channel names without the part after the last dash
    (`PJSIP/101`), `mobiles` are E.164 numbers, `crm_user` is the CRM's id of the user."""

    extension: str
    name: str = ""
    endpoints: tuple[str, ...] = ()
    mobiles: tuple[str, ...] = ()
    crm_user: str | None = None


class Directory:
    """Answers for one PBX. `trunks` are globs on channel names; without any, a channel that is
    neither Local nor an agent's is a trunk's; with some, it is a phone, and whose is not known.
    `extensions` are regular expressions on channel names whose first group is the extension."""

    def __init__(
        self,
        agents: Iterable[Agent] = (),
        *,
        trunks: Iterable[str] = (),
        extensions: Iterable[str] = (),
    ) -> None:
        self.agents = {agent.extension: agent for agent in agents}
        self._mobiles = {m: a.extension for a in self.agents.values() for m in a.mobiles}
        self._endpoints = [
            (re.compile(glob_to_regex(glob)), agent.extension)
            for agent in self.agents.values()
            for glob in agent.endpoints
        ]
        self._trunks = [re.compile(glob_to_regex(glob)) for glob in trunks]
        self._extensions = [re.compile(e) for e in extensions] or [re.compile(DEFAULT_EXTENSION)]
        self._known: dict[str, tuple[Role, str | None]] = {}

    def role(self, name: str) -> tuple[Role, str | None]:
        """What the channel of this name is, and the extension where it is an agent's."""
        whose = _ZOMBIE.sub("", name) if name.endswith(">") else name
        device = whose.rpartition("-")[0] or name
        if (known := self._known.get(device)) is None:
            if len(self._known) > 10_000:  # names come from outside: bound what is kept of them
                self._known.clear()
            known = self._known[device] = self._classify(whose, device)
        return known

    def extension_of_mobile(self, number: str | None) -> str | None:
        """Whose mobile this E.164 number is."""
        return self._mobiles.get(number) if number else None

    def extension_of_device(self, device: str) -> str | None:
        """Whose device this is, as device states name it (`PJSIP/101`)."""
        return self.role(f"{device}-")[1]

    def _classify(self, name: str, device: str) -> tuple[Role, str | None]:
        if name.startswith("Local/"):
            return Role.LOCAL, None
        if _MACHINERY.match(name):
            return Role.MACHINERY, None
        for pattern, extension in self._endpoints:
            if pattern.match(device):
                return Role.AGENT, extension
        if any(trunk.match(name) or trunk.match(device) for trunk in self._trunks):
            return Role.TRUNK, None
        for regex in self._extensions:
            if (found := regex.search(name)) and found[1]:
                return Role.AGENT, found[1]
        return (Role.AGENT if self._trunks else Role.TRUNK), None
