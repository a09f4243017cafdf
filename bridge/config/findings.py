"""What is wrong with a configuration file: where, which key, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """`pbx.office.trunks[0]`, as people write keys."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to correct, or with `warning` to think about. `advice` says what to write instead.
    Holds no secret."""

    file: str
    line: int
    column: int
    key: str
    problem: str
    advice: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " + "warning: " * self.warning
        return place + ": ".join(filter(None, (self.key, self.problem, self.advice)))

    def as_json(self) -> dict[str, str | int | bool]:
        return asdict(self)


class ConfigRefused(Exception):
    """The file was read, and must be corrected first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(map(str, self.findings)))


class ConfigUnreadable(Exception):
    """There is no such file, or we may not read it; the text says what to do."""
