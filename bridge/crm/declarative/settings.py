"""Settings of a CRM that a file describes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic.json_schema import SkipJsonSchema

from bridge.crm.declarative.description import Description
from bridge.crm.settings import FOLDER, Name, Region, Strict


class DeclarativeSettings(Strict):
    """`settings` are what the description asks for, secrets among them."""

    kind: Literal["declarative"] = "declarative"
    name: Name = "declarative"
    file: Path = Field(description="the description of the CRM: docs/connectors.md")
    settings: dict[str, SecretStr] = Field({})
    region: Region = "RU"
    folder: Path = Field(FOLDER, description="where a renewed token is kept")
    # Read from `file` when the configuration is, so that what was checked is what runs.
    described: SkipJsonSchema[Description | None] = None

    @model_validator(mode="after")
    def _as_described(self) -> Self:
        if self.described is None:
            return self
        asked = self.described.settings
        given = set(self.settings)
        if strangers := sorted(given - asked.keys()):
            known = ", ".join(sorted(asked)) or "none"
            raise ValueError(
                f"{self.described.crm} has no setting {strangers[0]!r}; it has: {known}"
            )
        for name, about in asked.items():
            if name not in given and about.default is None:
                raise ValueError(
                    f"write `{name}` under `settings`: {about.about or 'it is needed'}"
                )
        return self

    @property
    def description(self) -> Description:
        """Raises ValueError when the file was not read."""
        if self.described is None:
            raise ValueError(f"{self.file} was not read")
        return self.described

    @property
    def values(self) -> dict[str, str]:
        """By name, as templates know them."""
        asked = self.described.settings if self.described else {}
        given = {name: value.get_secret_value() for name, value in self.settings.items()}
        defaults = {name: about.default for name, about in asked.items() if about.default}
        return {**defaults, **given}
