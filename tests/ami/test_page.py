"""The eventfilter lines of docs/ami.md let through what we read, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bridge.ami.presence import KINDS as DEVICES
from bridge.ami.protocol import OUTCOMES
from bridge.ami.translate import KINDS, TELLING
from tests.ami import page
from tests.ami.fake import event

# FullyBooted needs `system`; the other is our own.
READ = KINDS | DEVICES | set(OUTCOMES.values())
SENT = READ - {"FullyBooted", "BridgeLinkLost", "BridgePbxStarted"}
WANTED = [
    event(kind, Uniqueid="1.1", **({TELLING[kind][0]: value} if value else {}))
    for kind in sorted(SENT)
    for value in (TELLING[kind][1] if kind in TELLING else [""])
]
UNWANTED = [
    event(kind, Uniqueid="1.1", Variable="FOO", Application="Set", Value="BRIDGE_LABEL")
    for kind in (
        "VarSet",
        "Newexten",
        "CEL",
        "Newstate",
        "DialState",
        "NewConnectedLine",
        "AgentCalled",
    )
]
REGEXES = [line.partition("=")[2].strip() for line in page.filters("legacy").splitlines()]
ADVANCED = re.compile(
    r"eventfilter\(name\((\w+)\)(?:,header\((\w+)\),method\((exact|starts_with)\))?\) =(?: (.+))?"
)
Passes = Callable[[str], bool]


def passes_legacy(text: str) -> bool:
    return any(re.search(regex, text, re.DOTALL) for regex in REGEXES)


def passes_advanced(text: str) -> bool:
    for kind, header, how, value in ADVANCED.findall(page.filters("advanced")):
        line = f"\r\n{header}: {value}" + ("\r" if how == "exact" else "")
        if text.startswith(f"Event: {kind}\r") and (not header or line in text):
            return True
    return False


@pytest.mark.parametrize("passes", [passes_legacy, passes_advanced])
def test_what_we_read_passes(passes: Passes) -> None:
    assert [text for text in WANTED if not passes(text)] == []


@pytest.mark.parametrize("passes", [passes_legacy, passes_advanced])
def test_what_decides_nothing_is_stopped(passes: Passes) -> None:
    assert [text for text in UNWANTED if passes(text)] == []


def test_the_advanced_lines_name_what_we_read_and_no_more() -> None:
    lines = page.filters("advanced").splitlines()
    read = [ADVANCED.fullmatch(line) for line in lines]
    assert {found[1] if found else None for found in read} == SENT
