"""Which program runs: its version, and whether its inner rooms are compiled (hatch_build.py)."""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import version
from importlib.util import find_spec


def build() -> str:
    """`0.1.0`, or `0.1.0, compiled`."""
    return version("asterisk-crm-bridge") + (", compiled" if compiled() else "")


def compiled() -> bool:
    spec = find_spec("bridge.tracker.tracker")
    return spec is not None and str(spec.origin).endswith(tuple(EXTENSION_SUFFIXES))
