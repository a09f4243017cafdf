"""A link under test, over AMI or ARI, and what its consumer gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bridge.ami.codec import Frame
from bridge.ari.message import Message
from bridge.link.inbox import Item
from bridge.link.link import Link

L = TypeVar("L", bound=Link[Any])


@asynccontextmanager
async def running(link: L) -> AsyncIterator[L]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        try:
            yield link
        finally:
            link.close()


async def seen(link: Link[Any], last: type | str, within: float = 8) -> list[Item]:
    """What the consumer is given up to an item of that type, or an event of that kind."""
    got: list[Item] = []
    async with asyncio.timeout(within):
        while items := await link.take():
            got += items
            if any(_is(item, last) for item in items):
                return got
    raise AssertionError(f"the link closed before {last}: {got}")


def _is(item: Item, what: type | str) -> bool:
    if isinstance(what, str):
        return isinstance(item, Frame | Message) and item.kind == what
    return isinstance(item, what)


def names(items: list[Item]) -> list[str]:
    return [i.kind if isinstance(i, Frame | Message) else type(i).__name__ for i in items]
