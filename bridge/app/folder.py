"""The daemon's folder, at its start."""

from __future__ import annotations

from contextlib import suppress

from bridge.app.listening import CannotStart
from bridge.config.findings import dotted
from bridge.config.kept import homeless
from bridge.config.model import Config


def see_to(config: Config) -> None:
    """The usual one is made; who needs it says what is wrong where it cannot be. Raises CannotStart
    for one that was chosen and is not there."""
    for path, problem, advice in homeless(config):
        raise CannotStart(f"{dotted(path)}: {problem}: {advice}")
    with suppress(OSError):
        config.folder.mkdir(parents=True, exist_ok=True)
