"""What tests need and a machine may not have: a real Asterisk, PostgreSQL, Odoo, Redis."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

import pytest

UNTRIED: Final = "untried"  # the property of a skipped test that says on what it was not tried


class Absent(Exception):
    """It cannot be had on this machine. The text says what to do about it."""

    what: ClassVar[str]


@contextmanager
def loudly_skipped(test: pytest.Item) -> Iterator[None]:
    """Without something real a test is skipped, and said to be (`loud`); in CI it fails."""
    try:
        yield
    except Absent as why:
        if os.environ.get("CI"):
            raise
        test.user_properties.append((UNTRIED, why.what))
        pytest.skip(f"no {why.what}: {why}")


def loud(reports: Iterable[pytest.TestReport]) -> Iterator[tuple[str, str]]:
    """Title and text of what the summary of a run must say of its skipped tests."""
    found: dict[str, list[str]] = {}
    for report in reports:
        for name, what in report.user_properties:
            if name == UNTRIED:
                reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
                found.setdefault(str(what), []).append(reason.removeprefix("Skipped: "))
    for what, reasons in sorted(found.items()):
        title = f"{len(reasons)} TESTS WERE NOT TRIED ON A REAL {what.upper()}"
        yield title, "\n".join(sorted(set(reasons)))
