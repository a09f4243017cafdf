"""Which CRMs are installed, and a connector made from its part of the configuration.

A connector is a folder with a `Connector` value and one entry-point line in the group
`asterisk_bridge.connectors`; a package of someone else's adds one the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Final

from pydantic import BaseModel

from bridge.domain.ports import EVERYTHING, Capability, Crm

GROUP: Final = "asterisk_bridge.connectors"


@dataclass(frozen=True, slots=True)
class Connector:
    """What a connector's folder hands out: the model of its settings, and how to connect.

    `connect` neither waits nor speaks to the CRM: the first call does. `capabilities`: what a CRM
    of this kind can do at best, or with these settings; the rules plan nothing else.
    """

    settings: type[BaseModel]
    connect: Callable[[Any], Crm]
    capabilities: frozenset[Capability] | Callable[[Any], frozenset[Capability]] = EVERYTHING


class UnknownCrm(ValueError):
    """The configuration names a kind of CRM that is not installed."""


class BrokenConnector(UnknownCrm):
    """It is installed, and its package cannot be loaded."""


def kinds() -> list[str]:
    """The kinds that `kind:` may name here."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def connector(kind: str) -> Connector:
    """The installed connector of this kind. Raises UnknownCrm, BrokenConnector among it."""
    for entry in entry_points(group=GROUP, name=kind):
        try:
            found = entry.load()
        except Exception as error:  # somebody's own code
            raise BrokenConnector(_broken(kind, f"{type(error).__name__}: {error}")) from error
        if isinstance(found, Connector):
            return found
        raise BrokenConnector(_broken(kind, f"{entry.value} is no Connector"))
    raise UnknownCrm(f"no CRM of kind {kind!r} is installed; write one of: {', '.join(kinds())}")


def _broken(kind: str, why: str) -> str:
    return f"the connector {kind!r} cannot be loaded ({why}): mend its package, or uninstall it"


def usable() -> list[Connector]:
    """The installed connectors that can be loaded: a package of somebody's that cannot harms nobody
    but who names it."""
    found = []
    for kind in kinds():
        with suppress(BrokenConnector):
            found.append(connector(kind))
    return found


def settings(values: Mapping[str, Any]) -> BaseModel:
    """The settings under one CRM's key, `kind` among them, checked by that connector's model.

    Raises UnknownCrm, or pydantic's ValidationError naming each wrong key.
    """
    return connector(str(values.get("kind", ""))).settings.model_validate(dict(values))


def connect(values: Mapping[str, Any]) -> Crm:
    """The CRM that these settings describe. Raises as `settings` does."""
    return connector(str(values.get("kind", ""))).connect(settings(values))


def capabilities(values: Mapping[str, Any]) -> frozenset[Capability]:
    """What the CRM of these settings can do at best. Raises as `settings` does."""
    able = connector(str(values.get("kind", ""))).capabilities
    return able(settings(values)) if callable(able) else able
