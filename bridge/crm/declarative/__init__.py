"""The declarative connector: a CRM described in a file. docs/connectors.md tells how."""

from __future__ import annotations

from typing import Final

from bridge.crm.declarative.abilities import abilities
from bridge.crm.declarative.connector import DeclarativeCrm
from bridge.crm.declarative.settings import DeclarativeSettings
from bridge.crm.registry import Connector
from bridge.domain.ports import Capability


def _able(settings: DeclarativeSettings) -> frozenset[Capability]:
    return abilities(settings.description)


connector: Final = Connector(
    settings=DeclarativeSettings, connect=DeclarativeCrm, capabilities=_able
)

__all__ = ["DeclarativeCrm", "DeclarativeSettings", "connector"]
