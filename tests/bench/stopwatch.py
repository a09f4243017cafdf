"""Processor time, never wall time: of a piece of code, or of another process with its threads."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bridge.app import settle_memory

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def best_of(rounds: int, contenders: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The fewest seconds of processor that each one took. They take turns, so that whatever else
    the machine does falls upon all of them; under the daemon's own collector of garbage, which
    does not walk through what stood in memory before (here the stream itself)."""
    settle_memory()
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, run in contenders.items():
            gc.collect()
            begin = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - begin)
    return best


def used_by(pid: int) -> float:
    """Seconds of processor that a process has used, its threads and reaped children included."""
    # proc(5): the name may hold blanks; after its bracket utime is field 12, counted from 1.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS


def resident(pid: int | None = None) -> int:
    """Bytes of memory that a process (ourselves) holds now."""
    where = Path("/proc", "self" if pid is None else str(pid), "statm")
    return int(where.read_text().split()[1]) * _PAGE
