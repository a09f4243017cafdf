"""Zammad's generic CTI interface, to which a dozen products listen."""

from __future__ import annotations

from typing import Final

from bridge.crm.registry import Connector
from bridge.crm.zammad.connector import CAPABILITIES, Zammad
from bridge.crm.zammad.settings import ZammadSettings

connector: Final = Connector(settings=ZammadSettings, connect=Zammad, capabilities=CAPABILITIES)

__all__ = ["Zammad", "ZammadSettings", "connector"]
