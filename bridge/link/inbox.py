"""What a link has read and its one consumer has not taken yet: in order, bounded in bytes.

Reading must never wait for the consumer (Asterisk drops a reader that is slow for 100 ms), so
`put` takes no time and says when the bound is passed; what to do then is the link's decision.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from bridge.domain.pbx_events import LinkLost, PbxStarted, SnapshotTaken


class Message(Protocol):
    """What a PBX said, as it came (a Frame of AMI, an event of ARI)."""

    @property
    def text(self) -> str: ...


Marker = LinkLost | PbxStarted | SnapshotTaken
Item = Message | Marker

_OVERHEAD: Final = 200  # of a message's objects, beside its text


class Inbox:
    """One producer, one consumer. `held` messages wait behind a snapshot that is being taken."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._items: list[Item] = []
        self._held: list[Item] | None = None
        self._held_bytes = 0
        self._closed = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self.bytes = 0

    def put(self, message: Message) -> bool:
        """False when the bound is passed: this message was not kept, and no later one should be."""
        size = len(message.text) + _OVERHEAD
        if self.bytes + size > self._max_bytes:
            return False
        self.bytes += size
        if self._held is not None:
            self._held_bytes += size
            self._held.append(message)
        else:
            self._add([message])
        return True

    def mark(self, *items: Item) -> None:
        """Add what must not be lost, whatever the bound."""
        self._add(list(items))

    def hold(self) -> None:
        """From here on messages wait until `release`."""
        self._held = []
        self._held_bytes = 0

    def release(self, *before: Item) -> None:
        """Add `before`, then the messages that waited for it, and stop holding."""
        held, self._held = self._held or [], None
        self._add([*before, *held])

    def forget(self) -> None:
        """Drop the messages that are held: the snapshot they follow does not come."""
        if self._held is not None:
            self.bytes -= self._held_bytes
            self._held = None

    async def take(self) -> list[Item]:
        """All there is, at least one; empty only when closed and nothing is left."""
        while not self._items and not self._closed:
            self._filled.clear()
            await self._filled.wait()
        items, self._items = self._items, []
        self.bytes = self._held_bytes if self._held is not None else 0
        self._emptied.set()
        return items

    async def drained(self) -> None:
        """Wait until the consumer has taken everything."""
        await self._emptied.wait()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._filled.set()
        self._emptied.set()

    def _add(self, items: list[Item]) -> None:
        self._items += items
        if self._items:
            self._emptied.clear()
            self._filled.set()
