"""Unpacks what the live tests enter, before the time of the first of them runs: minutes on a fresh
machine, nothing afterwards. What cannot be had is told here and judged by the tests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from tests.lab.odoo import NoOdoo, make
from tests.lab.rootfs import SUITES, NoAsterisk, build

PARTS: Final[dict[str, Callable[[], object]]] = {
    **{f"Asterisk {version}": partial(build, version) for version in SUITES},
    "Odoo 14": make,
}


def prepare(name: str) -> str:
    """A line for people."""
    try:
        PARTS[name]()
    except (NoAsterisk, NoOdoo) as why:
        return f"{name}: {why}"
    return f"{name} is here"


if __name__ == "__main__":
    with ThreadPoolExecutor() as builders:
        for line in builders.map(prepare, PARTS):
            print(line, flush=True)
