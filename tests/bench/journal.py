"""The journal of calls in progress is made short while the loop answers calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bridge.ami.dialect import AMI
from bridge.storage.event_journal import EventJournal
from tests.bench.captures import END, busy, of_office
from tests.bench.table import Row, at_most

SIZE: Final = 16 * 2**20  # bytes: four times what a daemon lets come together
A_QUESTION: Final = 10  # turns of the loop that answer a call, at least
MOST: Final = 0.05  # seconds that a call may be kept
ROUNDS: Final = 5
_PAUSE: Final = 0.001


def journal() -> Iterator[tuple[str, list[Row]]]:
    """16 MiB of the office's calls, none of which goes on."""
    messages = END.join(busy([call.capture() for call in of_office()], 800, 20))[:SIZE]
    text = messages.decode(errors="replace")
    longest = min(asyncio.run(_longest(text, short=True)) for _ in range(ROUNDS))
    idle = min(asyncio.run(_longest(text, short=False)) for _ in range(ROUNDS))
    yield (
        f"{A_QUESTION} turns of the loop beside a journal of {len(messages) / 2**20:.0f} MiB",
        [
            at_most("the longest while it is made short", 1e3 * longest, 1e3 * MOST, " ms"),
            Row("while nothing is done to it", f"{1e3 * idle:.0f} ms"),
        ],
    )


async def _longest(text: str, short: bool) -> float:
    """Seconds of the longest `A_QUESTION` turns until the journal is short, or half a second."""
    with TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "office.ami"
        path.write_text(text, encoding="utf-8", newline="")
        journal = EventJournal(path, AMI, too_long=len(text) // 2)
        async with asyncio.TaskGroup() as group:
            group.create_task(journal.run())
            end = time.perf_counter() + (60 if short else 0.5)
            if short:
                journal.compact(set)
            longest = await _turned(
                lambda: time.perf_counter() < end and path.stat().st_size > SIZE // 2
            )
            journal.stop()
        assert not short or path.stat().st_size <= SIZE // 2, "it was not made short"
        return longest


async def _turned(go_on: Callable[[], bool]) -> float:
    longest = 0.0
    while go_on():
        begin = time.perf_counter()
        for _ in range(A_QUESTION):
            await asyncio.sleep(_PAUSE)
        longest = max(longest, time.perf_counter() - begin)
    return longest
