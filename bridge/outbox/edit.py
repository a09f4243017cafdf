"""A person's change of a planned command: pure, and refused where it would make no sense."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError

from bridge.domain.commands import Planned

# What names the write, here and in the CRM: changed, it would be another one.
_FIXED: Final = (
    "key",
    "command.command",
    "command.call_id",
    "command.call",
    "command.recording",
    "command.further",
)


class CannotEdit(Exception):
    """The text says why, and what may be changed."""


def changed(planned: Planned, settings: Mapping[str, str]) -> Planned:
    """With these fields of its command (`title`, `entity.id`, `fields.Source`) set; a value that is
    JSON is read as such, any other is a text. Raises CannotEdit."""
    plain = deepcopy(planned.to_json())
    for path, value in settings.items():
        _set(plain["command"], path, _value(value))
    return replaced(planned, plain)


def replaced(planned: Planned, plain: Mapping[str, Any]) -> Planned:
    """The command that these JSON values say, in place of `planned`. Raises CannotEdit."""
    try:
        made = Planned.from_json(dict(plain))
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'][-2:])}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)[:3]
        )
        raise CannotEdit(f"this is no {planned.command.command} ({told})") from None
    for path, before, after in _differences(planned.to_json(), made.to_json()):
        if path.startswith(_FIXED):
            raise CannotEdit(f"{path} names the write and stays {before!r}, not {after!r}")
    return made


def difference(before: Planned, after: Planned) -> str:
    """`title: 'A' → 'B'`, for whoever asks later why it changed; nothing where nothing did."""
    found = _differences(before.to_json(), after.to_json())
    return "; ".join(f"{path.removeprefix('command.')}: {a!r} → {b!r}" for path, a, b in found)


def _set(command: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    at: Any = command
    for part in way:
        at = at.get(part) if isinstance(at, dict) else None
    if not isinstance(at, dict) or (last not in at and way[:1] != ["fields"]):
        known = ", ".join(key for key in command if f"command.{key}" not in _FIXED)
        raise CannotEdit(f"there is no {path}; this command has {known}")
    at[last] = value


def _value(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in '[{"' or text in {"null", "true", "false"} else text
    except (ValueError, RecursionError):
        return text


def _differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _differences(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
    elif before != after:
        yield path, before, after
