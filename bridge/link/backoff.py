"""How long to wait before the next attempt to connect. Pure: a table and one formula."""

from __future__ import annotations

from typing import Final

from bridge.link.errors import Trouble

# trouble -> (the first wait, the longest wait), both in seconds. A wrong password waits longest:
# only a person mends it, and every try is a line in Asterisk's security log that may ban us.
WAITS: Final[dict[Trouble, tuple[float, float]]] = {
    Trouble.LOST: (0.5, 30.0),
    Trouble.SILENT: (1.0, 30.0),
    Trouble.UNREACHABLE: (1.0, 30.0),
    Trouble.BEHIND: (2.0, 60.0),
    Trouble.REFUSED: (60.0, 900.0),
}
STEADY_SECONDS: Final = 60.0


def wait_seconds(trouble: Trouble, attempt: int, chance: float) -> float:
    """Seconds to wait after failure number `attempt` (from 1) in a row.

    `chance` in 0..1 spreads it between half the wait and the whole, so that many daemons do not
    come back to one Asterisk at the same moment.
    """
    first, longest = WAITS[trouble]
    doublings = min(attempt - 1, 30)
    return float(min(first * 2**doublings, longest) * (0.5 + chance / 2))


def attempts_in_a_row(before: int, live_seconds: float) -> int:
    """The failures in a row with this one, which ended a link that was live for so long.

    A link that breaks again at once has not recovered, so it goes on waiting longer each time.
    """
    return 1 if live_seconds >= STEADY_SECONDS else before + 1
