"""Ports that nobody else comes upon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket

from tests.lab.ports import free_port

_FIFTY = "from tests.lab.ports import free_port; print(*(free_port() for _ in range(50)))"
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_two_processes_have_the_same_and_no_connection_has_one() -> None:
    mine = {free_port() for _ in range(50)}
    said = subprocess.run([sys.executable, "-c", _FIFTY], capture_output=True, check=True).stdout
    others = {int(port) for port in said.split()}
    lowest = int(RANGE.read_text().split()[0])
    assert (len(mine), len(others), mine & others) == (50, 50, set())
    assert max(mine | others) < lowest


def test_one_that_somebody_has_bound_is_passed_over() -> None:
    with socket() as other:
        other.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        taken = other.getsockname()[1]
        assert taken not in {free_port() for _ in range(200)}  # twice round
