"""What config/asterisk-bridge.yml and docs/ show of one connector's settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

_ROOT = Path(__file__).parents[2]


def sample(kind: str) -> list[str]:
    """The lines of the sample of this kind, with everything in it that is commented out."""
    shipped = (_ROOT / "config" / "asterisk-bridge.yml").read_text("utf-8")
    found = re.search(rf"(?m)^# #     kind: {kind}\n(?:# #     .*\n)*", shipped)
    assert found is not None, f"config/asterisk-bridge.yml has no sample of kind {kind}"
    return re.findall(r"(?m)^# #     (?:# )?(.*)$", found[0])


def sampled(kind: str, *left_out: str) -> dict[str, Any]:
    """The settings of the sample, but for some of its lines."""
    lines = (line for line in sample(kind) if not line.startswith(left_out or "#"))
    given: dict[str, Any] = yaml.safe_load("\n".join(lines))
    return given


def undocumented(model: type[BaseModel], kind: str) -> list[str]:
    """The settings that neither the sample nor docs/<kind>.md shows."""
    lines = " ".join(sample(kind))
    page = (_ROOT / "docs" / f"{kind}.md").read_text("utf-8")
    return [
        name
        for name in names(model)
        if f"{name}:" not in lines or not re.search(rf"[`.]{name}[`.]", page)
    ]


def names(model: type[BaseModel]) -> Iterator[str]:
    """Every setting, those of its parts too."""
    for name, field in model.model_fields.items():
        yield name
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from names(part)
