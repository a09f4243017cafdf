"""How the live scenarios are spread over processes."""

from collections import Counter
from pathlib import Path

import pytest

OFFICES = ("office_22", "office_16", "freepbx_22", "freepbx_16")
TOGETHER = 20  # enough to be worth an office, few enough that no process is late by much


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is played in the same office stays together, but not all of it."""
    here = Path(__file__).parent
    count: Counter[str] = Counter()
    for item in items:
        if item.path.parent == here and isinstance(item, pytest.Function):
            office = next(name for name in item.fixturenames if name in OFFICES)
            item.add_marker(pytest.mark.xdist_group(f"{office}-{count[office] // TOGETHER}"))
            count[office] += 1
