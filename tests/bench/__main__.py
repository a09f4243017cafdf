"""`python -m tests.bench [NAME…]`: every item, or those named; tables on standard output.

What hangs on the compiled rooms is measured twice: as the program stands, and from the wheel that
`make wheel` builds.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bridge.observe.build import compiled
from tests.bench.agi import agi
from tests.bench.beside import beside
from tests.bench.deliver import deliver
from tests.bench.drain import drain
from tests.bench.faults import faults
from tests.bench.index import index
from tests.bench.journal import journal
from tests.bench.latency import latency
from tests.bench.memory import memory
from tests.bench.parse import parse
from tests.bench.route_calls import route_calls
from tests.bench.store import store
from tests.bench.table import Row, text
from tests.bench.tracker import tracker
from tests.project.wheel import compiled_into

ITEMS: Final[dict[str, Callable[[], Iterator[tuple[str, list[Row]]]]]] = {
    item.__name__: item
    for item in (
        parse,
        tracker,
        memory,
        faults,
        store,
        deliver,
        journal,
        drain,
        beside,
        latency,
        agi,
        route_calls,
        index,
    )
}
COMPILED_TOO: Final = frozenset({"parse", "tracker", "memory", "beside", "agi"})


def main(names: list[str]) -> int:
    """Exit code 1 when a target is missed, 2 for a name that is none."""
    unknown = [name for name in names if name not in ITEMS]
    if unknown:
        print(f"no item {unknown[0]!r}: name some of {', '.join(ITEMS)}", file=sys.stderr)
        return 2
    missed = measured(names or list(ITEMS))
    if not compiled() and (again := [name for name in names or ITEMS if name in COMPILED_TOO]):
        missed |= measured_compiled(again)
    return int(missed)


def measured(names: list[str]) -> bool:
    """Whether a target was missed."""
    missed = False
    for name in names:
        print(f"## {name}{', compiled' if compiled() else ''}\n", flush=True)
        for title, rows in ITEMS[name]():
            print(text(title, rows) + "\n", flush=True)
            missed = missed or any(row.met is False for row in rows)
    return missed


def measured_compiled(names: list[str]) -> bool:
    """The same of a compiled program, in a process that has no other."""
    with TemporaryDirectory(prefix="compiled-") as folder:
        environment = compiled_into(Path(folder))
        run = subprocess.run([sys.executable, "-m", "tests.bench", *names], env=environment)
        return run.returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
