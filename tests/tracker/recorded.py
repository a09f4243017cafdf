"""The recorded calls of tests/calls: captures of a real Asterisk, and the truth beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.ami.replay import pbx_events
from bridge.domain.directory import Agent, Directory
from bridge.domain.pbx_events import PbxEvent

CALLS = Path(__file__).parent.parent / "calls"


@dataclass(frozen=True)
class Recorded:
    """One recorded call (or a few that belong together) and the office it was made in."""

    name: str
    truth: dict[str, Any]

    @property
    def region(self) -> str:
        return str(self.truth.get("region") or "RU")

    def directory(self) -> Directory:
        return Directory(
            [_agent(row) for row in self.truth.get("agents") or ()],
            trunks=_several(self.truth.get("trunk")),
            extensions=_several(self.truth.get("extension")),
        )

    def capture(self) -> bytes:
        return (CALLS / self.name / "capture.ami").read_bytes()

    def events(self) -> list[PbxEvent]:
        def damaged(damage: object) -> None:
            raise AssertionError(f"{self.name} is damaged: {damage}")

        return list(pbx_events([self.capture()], damaged))


def _several(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _agent(row: dict[str, Any]) -> Agent:
    return Agent(
        extension=row["extension"],
        endpoints=tuple(row.get("endpoints", ())),
        mobiles=tuple(row.get("mobiles", ())),
    )


def all_recorded() -> list[Recorded]:
    found = [
        Recorded(path.parent.name, json.loads(path.read_text("utf-8")))
        for path in sorted(CALLS.glob("*/truth.json"))
    ]
    assert found, "no recorded calls: run python -m tests.lab.record"
    return found
