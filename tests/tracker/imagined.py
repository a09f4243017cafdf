"""Calls as Asterisk would tell them, made up from choices: the raw material of properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelEnded,
    ChannelSnapshot,
    DialBegan,
    DialEnded,
    DialStatus,
    PbxEvent,
)

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RING, DOWN = 4, 0


@dataclass(slots=True)
class ImaginedCall:
    """One client who rings a group, talks with some of it in turn, and hangs up."""

    number: int
    talkers: list[str]
    outbound: bool = False
    events: list[PbxEvent] = field(default_factory=list)
    _made: int = 0

    def tell(self) -> list[PbxEvent]:
        agent = self._channel(f"PJSIP/{self.talkers[0] if self.talkers else '100'}")
        client = self._channel("PJSIP/trunk", number=f"+7916123{self.number:04d}")
        if self.outbound:
            self._born(agent, RING)
            self._dial(agent, client, answer=bool(self.talkers))
            if self.talkers:
                self._talk(client, [agent])
            self._end(agent)
        else:
            self._born(client, RING)
            for extension in self.talkers:
                phone = self._channel(f"PJSIP/{extension}")
                self._dial(client, phone, answer=True)
                self._talk(client, [phone])
                self._end(phone)
        self._end(client)
        return self.events

    def _channel(self, device: str, number: str = "") -> ChannelSnapshot:
        self._made += 1
        uniqueid = f"{self.number}.{self._made}"
        return ChannelSnapshot(
            uniqueid,
            f"{device}-{self.number:04x}{self._made:04x}",
            f"{self.number}.2",
            None,
            number,
        )

    def _add(self, event: PbxEvent) -> None:
        self.events.append(event)

    def _born(self, channel: ChannelSnapshot, state: int) -> None:
        made = ChannelSnapshot(
            channel.uniqueid, channel.name, channel.linkedid, state, channel.number, exten="s"
        )
        self._add(ChannelCreated(None, made))

    def _dial(self, caller: ChannelSnapshot, dest: ChannelSnapshot, *, answer: bool) -> None:
        self._born(dest, DOWN)
        self._add(DialBegan(None, caller, dest, f"{dest.number}@trunk"))
        status = DialStatus.ANSWER if answer else DialStatus.NOANSWER
        self._add(DialEnded(None, caller, dest, status))

    def _talk(self, client: ChannelSnapshot, others: list[ChannelSnapshot]) -> None:
        bridge = f"bridge-{self.number}-{self._made}"
        members = [client, *others]
        for count, member in enumerate(members, 1):
            self._add(BridgeEntered(None, member, bridge, members=count))
        for count, member in enumerate(members, 1):
            self._add(BridgeLeft(None, member, bridge, members=len(members) - count))

    def _end(self, channel: ChannelSnapshot) -> None:
        self._add(ChannelEnded(None, channel, 16))


def timed(events: list[PbxEvent]) -> list[PbxEvent]:
    """The same events, a second apart."""
    for second, event in enumerate(events):
        object.__setattr__(event, "at", START + timedelta(seconds=second))
    return events
