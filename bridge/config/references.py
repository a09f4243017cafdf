"""`${NAME}` and `file:PATH` in the configuration: what is secret stays outside the file.

`${NAME}` may stand anywhere in a value and means the environment's variable; `$${` is a plain
`${`. A value that begins with `file:` is what the file holds, without its last line end; a path
that is not absolute starts at the folder of the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from bridge.config.document import Document
from bridge.config.findings import Path

_REFERENCE: Final = re.compile(r"\$(\$\{|\{([^}]*)\})")
_FILE: Final = "file:"
_LONGEST: Final = 64 * 1024


def resolve(document: Document, environ: Mapping[str, str], folder: FilePath) -> dict[Path, str]:
    """Put in what the references mean, in place; the texts as they stood, by path.

    What cannot be resolved becomes a finding, and its key counts as not written.
    """
    written: dict[Path, str] = {}
    document.values = _within(document.values, (), _Resolver(document, environ, folder, written))
    return written


def _within(value: Any, path: Path, resolver: _Resolver) -> Any:
    if isinstance(value, dict):
        inside = {key: _within(item, (*path, key), resolver) for key, item in value.items()}
        return {key: item for key, item in inside.items() if item is not None}
    if isinstance(value, list):
        return [_within(item, (*path, index), resolver) for index, item in enumerate(value)]
    return resolver.text(value, path) if isinstance(value, str) else value


class _Resolver:
    def __init__(
        self,
        document: Document,
        environ: Mapping[str, str],
        folder: FilePath,
        written: dict[Path, str],
    ) -> None:
        self._document, self._environ = document, environ
        self._folder, self._written = folder, written

    def text(self, text: str, path: Path) -> str | None:
        missing = [
            found[2]
            for found in _REFERENCE.finditer(text)
            if found[2] is not None and not self._environ.get(found[2])
        ]
        for name in missing:
            self._document.find(
                path,
                f"the environment has no {name or 'name here'}",
                "set it (in the unit: EnvironmentFile=), or use file:PATH",
            )
        if missing:
            return None
        meant = _REFERENCE.sub(lambda found: self._environ.get(found[2] or "", "${"), text)
        if meant.startswith(_FILE):
            return self._remember(path, text, self._content(path, meant.removeprefix(_FILE)))
        return self._remember(path, text, meant)

    def _remember(self, path: Path, text: str, meant: str | None) -> str | None:
        if meant != text:
            self._written[path] = text
        return meant

    def _content(self, path: Path, name: str) -> str | None:
        try:
            with (self._folder / name).open(encoding="utf-8") as file:
                return file.read(_LONGEST).rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            self._document.find(
                path, f"cannot read {name}: {reason}", "see that the daemon's user may read it"
            )
            return None
