"""Plays scenarios live and keeps what Asterisk said: tests/calls/<name>/capture.ami, truth.json.

Run: `python -m tests.lab.record [NAME…] [--version 22|16]`; without a name, all of them.
On 16 the folder is called <name>_16.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.lab.office import Office, office
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


def write(into: Path, capture: bytes, truth: dict[str, Any]) -> None:
    """Keep a capture and its truth side by side."""
    into.mkdir(parents=True, exist_ok=True)
    (into / "capture.ami").write_bytes(capture)
    text = json.dumps(truth, ensure_ascii=False, indent=2)
    (into / "truth.json").write_text(text + "\n")


async def main(names: list[str], version: str) -> int:
    known = load()
    failed = 0
    async with office(version) as at:
        for name in names or [one for one in known if version == "22" or known[one].on_16]:
            begun = time.monotonic()
            try:
                await record(known[name], at, folder(name, version))
            except AssertionError as wrong:
                failed += 1
                print(f"{name}: FAILED: {wrong}")
            else:
                print(f"{name}: {time.monotonic() - begun:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("names", nargs="*")
    words.add_argument("--version", default="22", choices=["22", "16"])
    asked = words.parse_args()
    raise SystemExit(asyncio.run(main(asked.names, asked.version)))
