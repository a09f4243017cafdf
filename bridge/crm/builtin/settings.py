"""Settings of the built-in CRM: its file, and the reference lists a company starts with."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from bridge.crm.settings import Region, Strict

# Fields beyond the columns that people fill in; a company names its own in `fields`.
COMMON_FIELDS: Final = ("comment", "source", "topic", "language", "labels")


class UserSettings(Strict):
    """One person who works in the CRM."""

    id: str
    name: str = ""
    extensions: tuple[str, ...] = ()
    email: str | None = None
    active: bool = True


class StageSettings(Strict):
    """One step of a deal; `closes` makes a deal in it no longer open."""

    id: str
    name: str
    closes: Literal["won", "lost"] | None = None


class PipelineSettings(Strict):
    """One direction that deals go through, first stage first."""

    id: str
    name: str
    stages: tuple[StageSettings, ...] = (
        StageSettings(id="new", name="New"),
        StageSettings(id="work", name="In progress"),
        StageSettings(id="won", name="Won", closes="won"),
        StageSettings(id="lost", name="Lost", closes="lost"),
    )


class BuiltinSettings(Strict):
    """`timeout` in seconds bounds every call; `region` reads national phone numbers."""

    kind: Literal["builtin"] = "builtin"
    name: str = "builtin"
    file: Path = Field(examples=["/var/lib/asterisk-crm-bridge/crm.db"])
    region: Region = "RU"
    timeout: float = Field(default=5.0, gt=0)
    users: tuple[UserSettings, ...] = ()
    pipelines: tuple[PipelineSettings, ...] = (
        PipelineSettings(id="sales", name="Sales"),
        PipelineSettings(id="service", name="Service"),
    )
    fields: tuple[str, ...] = COMMON_FIELDS
