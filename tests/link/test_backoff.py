"""How long a link waits, as a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.link.backoff import STEADY_SECONDS, WAITS, attempts_in_a_row, wait_seconds
from bridge.link.errors import Trouble


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (Trouble.LOST, [0.5, 1, 2, 4, 8, 16, 30, 30]),
        (Trouble.SILENT, [1, 2, 4, 8, 16, 30, 30, 30]),
        (Trouble.UNREACHABLE, [1, 2, 4, 8, 16, 30, 30, 30]),
        (Trouble.BEHIND, [2, 4, 8, 16, 32, 60, 60, 60]),
        (Trouble.REFUSED, [60, 120, 240, 480, 900, 900, 900, 900]),
    ],
)
def test_the_wait_doubles_up_to_a_bound(trouble: Trouble, seconds: list[float]) -> None:
    assert [wait_seconds(trouble, attempt, 1.0) for attempt in range(1, 9)] == seconds


@given(st.sampled_from(Trouble), st.integers(1, 10**6), st.floats(0, 1))
def test_chance_spreads_it_between_the_half_and_the_whole(
    trouble: Trouble, attempt: int, chance: float
) -> None:
    whole = wait_seconds(trouble, attempt, 1.0)
    assert whole / 2 <= wait_seconds(trouble, attempt, chance) <= whole <= WAITS[trouble][1]


def test_a_wrong_password_waits_longest() -> None:
    others = [WAITS[trouble][1] for trouble in Trouble if trouble is not Trouble.REFUSED]
    assert WAITS[Trouble.REFUSED][0] >= max(others)


@pytest.mark.parametrize(("live_seconds", "attempt"), [(0, 4), (59, 4), (STEADY_SECONDS, 1)])
def test_only_a_link_that_held_begins_anew(live_seconds: float, attempt: int) -> None:
    assert attempts_in_a_row(3, live_seconds) == attempt
