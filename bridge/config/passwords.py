"""Passwords out of examples: whoever scans for PBXs tries these first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from bridge.config.findings import Path

# amp111 and elastix456: what FreePBX and Elastix shipped for AMI.
_EXAMPLES: Final = re.compile(
    r"(?:12345?6?7?8?9?|admin|amp111|asterisk|bridge|changeit|default|elastix456|example|letmein"
    r"|manager|my_?secret(?:password)?|none|null|pass(?:wd|word|w0rd)?|qwerty|root"
    r"|secret(?:5|123)?|test|token|user|welcome)"
)
_PLACEHOLDER: Final = re.compile(
    r"(?:<.*>|\[.*\]|[x*.?]+|.*change_?me.*|.*replace_?me.*|(?:your|my|the)_.*)", re.DOTALL
)


def example(secret: str) -> bool:
    """Whether everyone knows this password, or it only holds the place of one."""
    plain = re.sub(r"[\s-]", "_", secret.strip().casefold())
    return not plain or any(known.fullmatch(plain) for known in (_EXAMPLES, _PLACEHOLDER))


def secrets(settings: Any, path: Path = ()) -> Iterator[tuple[Path, SecretStr]]:
    """Every secret in the settings, with its path."""
    if isinstance(settings, SecretStr):
        yield path, settings
    elif isinstance(settings, BaseModel):
        for name in type(settings).model_fields:
            yield from secrets(getattr(settings, name), (*path, name))
    elif isinstance(settings, dict):
        for name, value in settings.items():
            yield from secrets(value, (*path, name))
    elif isinstance(settings, list | tuple):
        for index, value in enumerate(settings):
            yield from secrets(value, (*path, index))
