"""Descriptions of CRMs: `file: my-crm.yml` of a declarative connector, read as the configuration
is, with what is wrong told by the file's own lines."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import ValidationError

from bridge.config.document import Document, read
from bridge.config.explain import explained
from bridge.config.findings import ConfigRefused, Path
from bridge.crm.declarative.checking import doubts
from bridge.crm.declarative.description import Description

_LARGEST: Final = 256 * 1024  # bytes


def read_descriptions(document: Document, folder: FilePath) -> None:
    """Put each description beside the name of its file. What is wrong in it is a finding."""
    destinations = document.values.get("destinations")
    for place, to in enumerate(destinations if isinstance(destinations, list) else ()):
        crm = to.get("crm") if isinstance(to, dict) else None
        if isinstance(crm, dict) and crm.get("kind") == "declarative":
            _put(document, ("destinations", place, "crm"), crm, folder)


def described(file: FilePath) -> Description:
    """The CRM that this file describes. Raises ConfigRefused, and OSError for no such file."""
    return parsed(_text(file), str(file))


def parsed(text: str, name: str) -> Description:
    """The CRM that `text` describes; the file is called `name`. Raises ConfigRefused."""
    document = read(text, name)
    if document.findings and not document.values:
        raise ConfigRefused(document.findings)
    try:
        found = Description.model_validate(document.values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            document.find(*explained(detail, Description, {}))
        raise ConfigRefused(document.findings) from None
    for doubt in doubts(found):
        document.find(*doubt)
    if document.findings:
        raise ConfigRefused(document.findings)
    return found


def _put(document: Document, path: Path, crm: dict[str, Any], folder: FilePath) -> None:
    crm.pop("described", None)
    if not isinstance(crm.get("file"), str):
        return
    file = folder / crm["file"]
    crm["file"] = str(file)
    try:
        crm["described"] = described(file).model_dump()
    except ConfigRefused as error:
        document.findings += error.findings
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        advice = "name a description; docs/connectors.md tells how to write one"
        document.find((*path, "file"), f"cannot read {file}: {reason}", advice)


def _text(file: FilePath) -> str:
    """Raises OSError, and ValueError for what is no text of a sensible size."""
    if file.stat().st_size > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST} bytes")
    return file.read_text("utf-8-sig")
