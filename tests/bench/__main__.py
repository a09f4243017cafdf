"""`python -m tests.bench [NAME…]`: every item, or those named; tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Final

from tests.bench.agi import agi
from tests.bench.beside import beside
from tests.bench.drain import drain
from tests.bench.faults import faults
from tests.bench.index import index
from tests.bench.latency import latency
from tests.bench.memory import memory
from tests.bench.parse import parse
from tests.bench.route_calls import route_calls
from tests.bench.store import store
from tests.bench.table import Row, text
from tests.bench.tracker import tracker

ITEMS: Final[dict[str, Callable[[], Iterator[tuple[str, list[Row]]]]]] = {
    item.__name__: item
    for item in (
        parse,
        tracker,
        memory,
        faults,
        store,
        drain,
        beside,
        latency,
        agi,
        route_calls,
        index,
    )
}


def main(names: list[str]) -> int:
    """Exit code 1 when a target is missed, 2 for a name that is none."""
    unknown = [name for name in names if name not in ITEMS]
    if unknown:
        print(f"no item {unknown[0]!r}: name some of {', '.join(ITEMS)}", file=sys.stderr)
        return 2
    missed = False
    for name in names or ITEMS:
        print(f"## {name}\n", flush=True)
        for title, rows in ITEMS[name]():
            print(text(title, rows) + "\n", flush=True)
            missed = missed or any(row.met is False for row in rows)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
