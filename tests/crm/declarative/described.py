"""A connector by one of the descriptions that we ship."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import SecretStr

from bridge.config.descriptions import described
from bridge.crm.declarative import DeclarativeCrm, DeclarativeSettings

SHIPPED: Final = Path(__file__).parents[3] / "config" / "connectors"


def connected(file: Path, folder: Path, timeout: float = 10.0, **settings: str) -> DeclarativeCrm:
    """In no hurry; `timeout` in seconds."""
    description = described(file)
    limits = description.limits.model_copy(
        update={"rate": 1000.0, "burst": 1000.0, "timeout": timeout, "upload_timeout": timeout}
    )
    return DeclarativeCrm(
        DeclarativeSettings(
            file=file,
            folder=folder,
            settings={name: SecretStr(value) for name, value in settings.items()},
            described=description.model_copy(update={"limits": limits}),
        )
    )
