"""Odoo 14 and newer: the connector over its JSON-RPC. docs/odoo.md tells how to set it up."""

from __future__ import annotations

from typing import Final

from bridge.crm.odoo.connector import CAPABILITIES, Odoo
from bridge.crm.odoo.settings import OdooSettings
from bridge.crm.registry import Connector

connector: Final = Connector(settings=OdooSettings, connect=Odoo, capabilities=CAPABILITIES)

__all__ = ["CAPABILITIES", "Odoo", "OdooSettings", "connector"]
