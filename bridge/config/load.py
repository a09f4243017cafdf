"""From a file to settings: read, references put in, checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bridge.config.calendars import Doubt, read_calendars
from bridge.config.clear import in_clear
from bridge.config.common import spread
from bridge.config.connectors import config_model
from bridge.config.descriptions import read_descriptions
from bridge.config.document import Document, read
from bridge.config.explain import explained
from bridge.config.findings import ConfigRefused, ConfigUnreadable, Finding, dotted
from bridge.config.findings import Path as Keys
from bridge.config.model import Config
from bridge.config.references import resolve
from bridge.config.routed import unlikely
from bridge.config.sense import doubts, lacking, unheard

_LARGEST: Final = 1024 * 1024


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in the file at `path`.

    Raises ConfigUnreadable, or ConfigRefused with everything that is wrong, not only the first.
    """
    return examined(path, environ)[0]


def examined(path: Path, environ: Mapping[str, str] = os.environ) -> tuple[Config, list[Finding]]:
    """As `load`, and what works there but should be thought about; everything is read once."""
    config, document, odd = _parsed(_text(path), str(path), environ, path.parent)
    for doubt in (*in_clear(config), *unheard(config), *unlikely(config), *odd):
        document.find(*doubt)
    return config, [replace(finding, warning=True) for finding in document.findings]


def lacks(path: Path, config: Config) -> list[Finding]:
    """What this machine lacks for the settings that `load` read from `path`."""
    document = read(_text(path), str(path))
    for doubt in lacking(config):
        document.find(*doubt)
    return document.findings


def parse(
    text: str,
    file: str,
    environ: Mapping[str, str],
    folder: Path,
    model: type[Config] | None = None,
) -> Config:
    """The settings in `text`, called `file` in findings; relative paths start at `folder`.

    `model` is that of the installed connectors where none is given.

    Raises ConfigRefused.
    """
    return _parsed(text, file, environ, folder, model)[0]


def _parsed(
    text: str,
    file: str,
    environ: Mapping[str, str],
    folder: Path,
    model: type[Config] | None = None,
) -> tuple[Config, Document, list[Doubt]]:
    """The settings, where they stand, and what was odd about files beside them."""
    document = read(text, file)
    if document.findings and not document.values:
        raise ConfigRefused(document.findings)
    written = resolve(document, environ, folder)
    spread(document)
    odd = read_calendars(document, folder, date.today())
    read_descriptions(document, folder)
    config = _validated(document, written, model or config_model())
    unread = {finding.key for finding in document.findings}
    for doubt in doubts(config) if config else ():
        if dotted(doubt[0]) not in unread:
            document.find(*doubt)
    if config is None or document.findings:
        raise ConfigRefused(document.findings)
    return config, document, odd


def _validated(
    document: Document, written: Mapping[Keys, str], model: type[Config]
) -> Config | None:
    unread = {finding.key for finding in document.findings}
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        for detail in _first_of_all(error.errors(include_url=False)):
            path, problem, advice = explained(detail, model, written)
            told = {"missing": path, "union_tag_invalid": (*path, "kind")}.get(detail["type"])
            if told is None or dotted(told) not in unread:
                document.find(path, problem, advice)
        return None


def _first_of_all(errors: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Without lists that are too short for want of items that are told of themselves."""
    for error in errors:
        place = error["loc"]
        inside = (each["loc"][: len(place)] == place != each["loc"] for each in errors)
        if error["type"] != "too_short" or not any(inside):
            yield error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigUnreadable(
            f"cannot read {path}: {error.strerror or error}; name the file with -c, and see that"
            " the daemon's user may read it"
        ) from None
    if len(raw) > _LARGEST:
        raise ConfigUnreadable(f"{path} is larger than {_LARGEST} bytes: is it a configuration?")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigRefused(
            [Finding(str(path), line, 1, "", "this is not UTF-8", "save the file as UTF-8")]
        ) from None
