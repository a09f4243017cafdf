"""Free ports for servers that bind later, or once more after they were killed."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from typing import Final

# Below the ports that Linux gives to connections (32768 to 60999): nobody else comes upon one
# between two binds. Those of laboratories lie above (`asterisk.Ports`).
_BLOCKS: Final = range(10_000, 20_000, 100)


def free_port() -> int:
    """Of this process alone among all that run tests, and bound by nobody now."""
    for port in _mine():
        with socket.socket() as probe:
            # As servers do it: connections that have just ended are nobody's.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("a block of ports does not end")


@cache
def _mine() -> Iterator[int]:
    """A hundred, one after another, again and again: an abstract socket keeps others off them."""
    for first in random.sample(_BLOCKS, k=len(_BLOCKS)):
        held = socket.socket(socket.AF_UNIX)
        try:
            held.bind(f"\0ports-of-tests-{first}")
        except OSError:
            held.close()
            continue
        return _kept(held, first)
    raise OSError("no free ports from 10000 to 20000 on this machine")


def _kept(held: socket.socket, first: int) -> Iterator[int]:
    with held:
        yield from cycle(range(first, first + _BLOCKS.step))
