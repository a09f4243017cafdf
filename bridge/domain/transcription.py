"""Transcription: what was said in a call, line by line, as a speech-to-text tells us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter


class Side(StrEnum):
    """Whose words they are."""

    CLIENT = "client"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`begins` and `ends` are seconds from where the recording begins."""

    side: Side
    begins: float
    ends: float
    text: str


Lines = tuple[Line, ...]
_LINES: Final[TypeAdapter[Lines]] = TypeAdapter(Lines)


def to_json(lines: Lines) -> list[dict[str, Any]]:
    """As `from_json` reads it back."""
    plain: list[dict[str, Any]] = _LINES.dump_python(lines, mode="json")
    return plain


def from_json(data: list[dict[str, Any]]) -> Lines:
    """What `to_json` wrote. Raises ValueError on anything else."""
    return _LINES.validate_python(data)
