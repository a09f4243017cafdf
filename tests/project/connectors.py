"""README's table of connectors: `python -m tests.project.connectors` rewrites it.

A connector has a method when the checks of that method run for it in tests/crm/contract, and they
pass there or the whole suite fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.crm.suite.all import CHECKS
from tests.crm.contract.harness import Harness
from tests.crm.contract.harnesses import HARNESSES
from tests.project.requirements import ROOT

DOCUMENT: Final = ROOT / "README.md"
BEGIN: Final = "<!-- connectors: python -m tests.project.connectors -->\n"
END: Final = "<!-- end of connectors -->\n"
# Methods that one check speaks of together.
_TOGETHER: Final = {"show": "show, hide", "phones": "phones, changes", "probe": "probe, close"}
_INSIDE: Final = ("changes",)


def has(harness: type[Harness], method: str) -> bool:
    needs = [check.needs for check in CHECKS if check.method == method]
    return any(each <= harness.capabilities for each in needs)


def methods() -> list[str]:
    """In the order of the suite, each once."""
    named = dict.fromkeys(check.method for check in CHECKS)
    return [method for method in named if method not in _INSIDE]


def table() -> str:
    heads = [harness.name for harness in HARNESSES]
    return "\n".join(_lines(heads)) + "\n"


def filled(text: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def _lines(heads: list[str]) -> Iterator[str]:
    yield f"| | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    for method in methods():
        cells = (" yes |" if has(harness, method) else " |" for harness in HARNESSES)
        yield f"| {_TOGETHER.get(method, method)} |{''.join(cells)}"


if __name__ == "__main__":
    DOCUMENT.write_text(filled(DOCUMENT.read_text("utf-8")), "utf-8")
