"""The portal of the tests as a process of its own, with an allowance of the bench's choice."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from tests.portals.bitrix24.auth import described
from tests.portals.bitrix24.limits import Allowance
from tests.portals.bitrix24.portal import Portal


@dataclass(frozen=True, slots=True)
class PortalProcess:
    """`access`: its address and secrets."""

    access: dict[str, Any]
    _pipe: Connection

    def furnish(self, phones: list[str]) -> None:
        """A contact with an open deal for each of these numbers."""
        self._pipe.send(phones)
        self._pipe.recv()

    def seen(self) -> dict[str, int]:
        """Requests that were allowed, those that were refused as too many, calls that are there."""
        self._pipe.send("seen")
        found: dict[str, int] = self._pipe.recv()
        return found


@contextmanager
def running_portal(per_second: float) -> Iterator[PortalProcess]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs, per_second))
    process.start()
    try:
        yield PortalProcess(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join()


def _run(pipe: Connection, per_second: float) -> None:
    asyncio.run(_serve(pipe, Allowance(per_second=per_second, operating=float("inf"))))


async def _serve(pipe: Connection, allowance: Allowance) -> None:
    async with Portal(allowance=allowance) as portal:
        pipe.send(described(portal.auth))
        while (asked := await asyncio.to_thread(pipe.recv)) != "stop":
            if asked != "seen":
                _furnish(portal, asked)
            pipe.send(_seen(portal))


def _furnish(portal: Portal, phones: list[str]) -> None:
    for phone in phones:
        contact = portal.add("contact", phone, NAME=f"Client {phone}")
        portal.add("deal", TITLE=f"Deal {phone}", CONTACT_ID=contact)


def _seen(portal: Portal) -> dict[str, int]:
    refused = sum(seen.status == 503 for seen in portal.requests)
    return {
        "requests": len(portal.requests) - refused,
        "refused": refused,
        "delivered": sum(call.finish is not None for call in portal.calls),
    }
