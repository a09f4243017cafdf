"""What a CRM's part of the file leaves unsaid it takes from the top: the country, our folder."""

from __future__ import annotations

from typing import Final

from bridge.config.document import Document
from bridge.crm.registry import BrokenConnector, UnknownCrm, connector
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
    for place, destination in enumerate(destinations if isinstance(destinations, list) else ()):
        crm = destination.get("crm") if isinstance(destination, dict) else None
        if not isinstance(crm, dict):
            continue
        try:
            known = connector(str(crm.get("kind", ""))).settings.model_fields
        except BrokenConnector as error:
            document.find(("destinations", place, "crm", "kind"), str(error))
        except UnknownCrm:
            continue  # the model says so
        else:
            for name in said.keys() & known.keys():
                crm.setdefault(name, said[name])
