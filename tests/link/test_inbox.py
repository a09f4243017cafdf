"""The bound in bytes of what a link has read and nobody has taken yet."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.pbx_events import LinkLost
from bridge.link.inbox import Inbox


@dataclass(frozen=True, slots=True)
class Said:
    text: str = "x" * 100


def filled(inbox: Inbox) -> int:
    """How many messages still went in."""
    count = 0
    while inbox.put(Said()):
        count += 1
    return count


async def test_what_waits_behind_a_snapshot_counts_whatever_is_taken_meanwhile() -> None:
    inbox = Inbox(3_000)
    inbox.put(Said())
    inbox.hold()
    held = filled(inbox)
    await inbox.take()
    assert (held, filled(inbox)) == (9, 1)


async def test_what_was_taken_makes_room() -> None:
    inbox = Inbox(3_000)
    before = filled(inbox)
    await inbox.take()
    assert (before, filled(inbox)) == (10, 10)


async def test_what_is_held_for_a_snapshot_that_does_not_come_makes_room() -> None:
    inbox = Inbox(3_000)
    inbox.hold()
    before = filled(inbox)
    inbox.forget()
    assert (before, filled(inbox)) == (10, 10)


async def test_a_gap_is_told_however_full_it_is() -> None:
    inbox = Inbox(3_000)
    filled(inbox)
    inbox.mark(LinkLost(None))
    assert isinstance((await inbox.take())[-1], LinkLost)
