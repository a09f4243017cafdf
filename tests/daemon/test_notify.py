"""The watchdog gets a sign of life only from a daemon whose work moves."""

from __future__ import annotations

import asyncio
import os
import socket
from itertools import chain, repeat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.observe.notify import Notifier
from tests.daemon.process import Signs


async def test_no_sign_of_life_while_nothing_moves(tmp_path: Path) -> None:
    signs = Signs(tmp_path / "notify")
    moves = chain([False, False], repeat(True))
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000"})
    with capture_logs() as lines:
        async with asyncio.TaskGroup() as group:
            beat = group.create_task(notifier.beat(lambda: next(moves), lambda: "two\nlines"))
            sign = await signs.until(lambda sign: "WATCHDOG" in sign)
            beat.cancel()
    signs.close()
    assert (sign, [line["event"] for line in lines]) == (
        {"WATCHDOG": "1", "STATUS": "two lines"},
        ["watchdog.withheld"] * 2,
    )


async def test_a_long_start_asks_for_time_again_and_again(tmp_path: Path) -> None:
    signs = Signs(tmp_path / "notify")
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    with notifier.starting("opening\nthe store", seconds=0.003):
        await signs.until(lambda _: len(signs.told) == 2)
    signs.close()
    wanted = {"EXTEND_TIMEOUT_USEC": "3000", "STATUS": "opening the store"}
    assert signs.told == [wanted, wanted]


def test_an_abstract_socket_is_spoken_to() -> None:
    name = f"bridge-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        Notifier({"NOTIFY_SOCKET": "@" + name}).ready("good")
        assert sock.recv(100) == b"READY=1\nSTATUS=good"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_only_where_systemd_watches_us(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert Notifier(environment).watchdog_seconds == seconds


def test_a_socket_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    with capture_logs() as lines:
        Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("good")
    assert [line["event"] for line in lines] == ["notify.failed"]
