"""What connectors raise, held to what its readers count on."""

from __future__ import annotations

from math import inf, nan

import pytest

from bridge.domain.ports import CrmUnavailable


@pytest.mark.parametrize(
    ("told", "kept"),
    [(None, None), (2.5, 2.5), (0, 0), (-1, None), (nan, None), (inf, 86_400), (1e9, 86_400)],
)
def test_a_wait_that_a_crm_names_is_one_that_can_be_waited(
    told: float | None, kept: float | None
) -> None:
    assert CrmUnavailable("too many requests", told).retry_after == kept
