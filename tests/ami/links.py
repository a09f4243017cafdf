"""A link of ours under test, and what its consumer gets."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bridge.ami.codec import Frame
from bridge.ami.link import AmiLink
from bridge.link.inbox import Item
from tests.ami.clients import settings
from tests.ami.fake import FakeAsterisk

KINDS = {"Newchannel", "BridgeEnter", "Hangup"}


@asynccontextmanager
async def running(link: AmiLink) -> AsyncIterator[AmiLink]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        yield link
        link.close()


def to(pbx: FakeAsterisk, **other: Any) -> AmiLink:
    counters, started = other.pop("counters", None), other.pop("started", "")
    return AmiLink(
        settings(pbx.port, **other), KINDS, counters=counters, started=started, chance=lambda: -0.9
    )


async def seen(link: AmiLink, last: type | str) -> list[Item]:
    """What the consumer is given up to an item of that type, or an event of that kind."""
    got: list[Item] = []
    async with asyncio.timeout(5):
        while items := await link.take():
            got += items
            if any(_is(item, last) for item in items):
                return got
    raise AssertionError(f"the link closed before {last}: {got}")


def _is(item: Item, what: type | str) -> bool:
    return item.kind == what if isinstance(item, Frame) else type(item) is what


def names(items: list[Item]) -> list[str]:
    return [item.kind if isinstance(item, Frame) else type(item).__name__ for item in items]


def certificate(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=pbx.example", "-addext", "subjectAltName=DNS:pbx.example"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(
        [*command, "-nodes", "-days", "1", *subject, "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return cert, key
