"""Bitrix24: the connector over its REST interface. docs/bitrix24.md tells how to set it up."""

from __future__ import annotations

from typing import Final

from bridge.crm.bitrix24.connector import Bitrix24
from bridge.crm.bitrix24.settings import Bitrix24Settings
from bridge.crm.registry import Connector

connector: Final = Connector(settings=Bitrix24Settings, connect=Bitrix24)

__all__ = ["Bitrix24", "Bitrix24Settings", "connector"]
