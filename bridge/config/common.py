"""What a CRM's part of the file leaves unsaid it takes from the top: the country, our folder."""

from __future__ import annotations

from typing import Any, Final

from bridge.config.document import Document
from bridge.crm.registry import UnknownCrm, connector
from bridge.domain.numbers import REGIONS

_COMMON: Final = ("region", "folder")


def spread(document: Document) -> None:
    """Put them in, in place, where the connector's model has them. What is wrong at the top is
    found there, and not once more below."""
    values = document.values
    said = {name: values[name] for name in _COMMON if isinstance(values.get(name), str)}
    if said.get("region") not in REGIONS:
        said.pop("region", None)
    destinations = values.get("destinations")
    for destination in destinations if isinstance(destinations, list) else ():
        crm = destination.get("crm") if isinstance(destination, dict) else None
        if isinstance(crm, dict):
            for name in said.keys() & _known(crm):
                crm.setdefault(name, said[name])


def _known(crm: dict[Any, Any]) -> set[str]:
    try:
        return set(connector(str(crm.get("kind", ""))).settings.model_fields)
    except UnknownCrm:
        return set()
