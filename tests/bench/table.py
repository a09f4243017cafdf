"""What an item of the benchmark reports, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`target` says what was asked for ("" where nothing was), `met` whether it was reached."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None


def at_least(what: str, ratio: float, target: float) -> Row:
    return Row(what, f"{ratio:.2f}", f"≥ {target:g}", ratio >= target)


def at_most(what: str, figure: float, target: float, unit: str = "") -> Row:
    shown = f"{figure:.0f}" if abs(figure) >= 10 or figure == int(figure) else f"{figure:.2f}"
    return Row(what, f"{shown}{unit}", f"≤ {target:g}{unit}", figure <= target)


def rate(what: str, count: float, seconds: float, of: str) -> Row:
    """So many a second of processor time."""
    return Row(what, f"{round(count / seconds, -3):,.0f} {of}/s")


def text(title: str, rows: Iterable[Row]) -> str:
    """A table in Markdown, so that it can stand in docs/benchmarks.md as it is."""
    lines = [f"### {title}", "", "| what | figure | target | |", "|---|---:|---:|---|"]
    verdict = {None: "", True: "met", False: "missed"}
    lines += [f"| {r.what} | {r.figure} | {r.target} | {verdict[r.met]} |" for r in rows]
    return "\n".join(lines)
