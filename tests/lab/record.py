"""Plays scenarios live and keeps what Asterisk said: tests/calls/<name>/capture.ami, truth.json.

Run: `python -m tests.lab.record [NAME…] [--version 22|16]`; without a name, all of them.
On 16 the folder is called <name>_16. `--truth` plays nothing: it writes anew what each scenario
says of the recordings that are kept.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.lab.ami import Refused
from tests.lab.freepbx import FreePbx
from tests.lab.office import Office, opened
from tests.lab.scenario import Scenario, load

CALLS = Path(__file__).parent.parent / "calls"


def folder(name: str, version: str) -> Path:
    """Where the recorded call of a scenario lives."""
    return CALLS / (name if version == "22" else f"{name}_{version}")


async def record(scenario: Scenario, at: Office, into: Path) -> None:
    """Play one scenario and keep it in `into`; a failed one leaves the earlier recording alone."""
    with tempfile.TemporaryDirectory() as temporary:
        capture = Path(temporary) / "capture.ami"
        write(into, await scenario.play(at, capture), scenario.truth(at))


def write(into: Path, capture: bytes | None, truth: dict[str, Any]) -> None:
    """Keep a capture and its truth side by side; without a capture, the truth alone."""
    into.mkdir(parents=True, exist_ok=True)
    if capture is not None:
        (into / "capture.ami").write_bytes(capture)
    text = json.dumps(truth, ensure_ascii=False, indent=2)
    (into / "truth.json").write_text(text + "\n")


def rewrite_truths() -> None:
    """Bring every kept truth up to what its scenario says now."""
    known = load()
    for path in CALLS.glob("*/truth.json"):
        truth = json.loads(path.read_text())
        if scenario := known.get(truth["scenario"]):
            write(path.parent, None, truth | scenario.written())


async def main(names: list[str], version: str) -> int:
    known = load()
    asked = [known[name] for name in names] or [
        one for one in known.values() if version == "22" or one.on_16
    ]
    failed = 0
    for kind in (Office, FreePbx):
        scenarios = [one for one in asked if one.wing == kind.wing]
        if scenarios:
            async with opened(kind, version) as at:
                failed += [await _kept(one, at, version) for one in scenarios].count(False)
    return 1 if failed else 0


async def _kept(scenario: Scenario, at: Office, version: str) -> bool:
    begun = time.monotonic()
    try:
        await record(scenario, at, folder(scenario.name, version))
    except (AssertionError, Refused) as wrong:
        print(f"{scenario.name}: FAILED: {wrong}", flush=True)
        return False
    print(f"{scenario.name}: {time.monotonic() - begun:.1f} s", flush=True)
    return True


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("names", nargs="*")
    words.add_argument("--version", default="22", choices=["22", "16"])
    words.add_argument("--truth", action="store_true", help="write the truths anew, play nothing")
    given = words.parse_args()
    if given.truth:
        rewrite_truths()
    else:
        raise SystemExit(asyncio.run(main(given.names, given.version)))
