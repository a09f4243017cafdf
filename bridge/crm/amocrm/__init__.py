"""amoCRM, abroad Kommo: the connector over its REST API v4. docs/amocrm.md: how to set it up."""

from __future__ import annotations

from typing import Final

from bridge.crm.amocrm.connector import AmoCrm
from bridge.crm.amocrm.probe import CAPABILITIES
from bridge.crm.amocrm.settings import AmoCrmSettings
from bridge.crm.registry import Connector

connector: Final = Connector(settings=AmoCrmSettings, connect=AmoCrm, capabilities=CAPABILITIES)

__all__ = ["AmoCrm", "AmoCrmSettings", "connector"]
