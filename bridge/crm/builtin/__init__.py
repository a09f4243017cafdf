"""The built-in CRM: the reference implementation of the port, in one SQLite file of its own."""

from __future__ import annotations

from typing import Final

from bridge.crm.builtin.connector import BuiltinCrm
from bridge.crm.builtin.settings import BuiltinSettings
from bridge.crm.registry import Connector

connector: Final = Connector(settings=BuiltinSettings, connect=BuiltinCrm)

__all__ = ["BuiltinCrm", "BuiltinSettings", "connector"]
