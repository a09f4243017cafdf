"""A follower that begins again: what one event of the journal cannot cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from bridge.ami.dialect import AMI
from bridge.domain.counters import NoCounters
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import ChannelCreated, ChannelSnapshot, PbxEvent
from bridge.link.follow import Follower, Journal, Link
from bridge.tracker.tracker import Tracker


class Kept:
    """A journal in memory."""

    def read(self) -> Iterable[bytes]:
        return []

    def add(self, text: str) -> None:
        """Nobody reads it again."""


class Idle:
    pbx = "office"


def test_an_event_that_we_cannot_take_costs_no_other_call_of_the_journal() -> None:
    strange = cast(PbxEvent, object())
    plain = ChannelCreated(None, ChannelSnapshot("office-1.1", "PJSIP/101-00000001"))
    dialect = replace(AMI, again=lambda *_: iter([strange, plain]))
    tracker = Tracker("office", Directory())
    Follower(
        cast(Link, Idle()),
        dialect,
        tracker,
        cast(Journal, Kept()),
        tell=lambda _: None,
        unstored=lambda: 0,
        counters=NoCounters(),
    ).restore()
    assert list(tracker.world.channels) == ["office-1.1"]
