"""The processes of a machine keep a CRM's rate together."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.crm.limiter import Limiter, Priority
from bridge.crm.shared_rate import spent

RATE, BURST = 50.0, 5.0
SECONDS = 1.0
PROGRAM = """
import asyncio, sys, time
from pathlib import Path
from bridge.crm.limiter import Limiter, Priority

async def main():
    limiter = Limiter({rate}, {burst}, Path(sys.argv[1]))
    sys.stdin.readline()  # both begin at once
    end, sent = time.monotonic() + {seconds}, 0
    while time.monotonic() < end:
        await limiter.turn(Priority.DELIVERY)
        sent += 1
    print(sent)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("used_until", "wait"),
    [
        (0.0, 0.0),  # long ago
        (100.0, 0.0),
        (100.8, 0.0),  # four of five are used
        (101.0, 0.2),
        (9000.0, 0.0),  # more than we ever use: of before the machine's start
        (math.nan, 0.0),
        (math.inf, 0.0),
    ],
)
def test_a_request_goes_while_the_burst_lasts(used_until: float, wait: float) -> None:
    assert spent(used_until, 100.0, rate=5.0, burst=5.0)[0] == pytest.approx(wait)


def test_two_processes_together_keep_the_rate(tmp_path: Path) -> None:
    program = PROGRAM.format(rate=RATE, burst=BURST, seconds=SECONDS)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "portal.rate")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
    began = time.monotonic()
    for one in both:
        assert one.stdin is not None
        one.stdin.flush()
    sent = [int(one.communicate(timeout=30)[0]) for one in both]
    # The last of each may have been let through after its end.
    assert sum(sent) <= RATE * (time.monotonic() - began) + BURST + 2
    assert min(sent) > 0


async def test_a_pause_that_one_was_told_of_holds_the_other(tmp_path: Path) -> None:
    told, other = (Limiter(1000, 10, tmp_path / "portal.rate") for _ in range(2))
    told.pause(0.2)
    began = time.monotonic()
    async with asyncio.timeout(5):
        await other.turn(Priority.ROUTE)
    assert time.monotonic() - began >= 0.19
    told.close()
    other.close()


async def test_where_nothing_can_be_written_each_keeps_the_rate_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    limiter = Limiter(100, 1, tmp_path / "file" / "portal.rate")
    began = time.monotonic()
    for _ in range(3):
        await limiter.turn(Priority.DELIVERY)
    assert time.monotonic() - began >= 0.019
