"""A connector to begin with: `asterisk-bridge connector new` copies it. docs/connectors.md."""

from __future__ import annotations

from typing import Final

from bridge.crm.registry import Connector
from bridge.crm.template.connector import CAPABILITIES, TemplateCrm
from bridge.crm.template.settings import TemplateSettings

connector: Final = Connector(
    settings=TemplateSettings, connect=TemplateCrm, capabilities=CAPABILITIES
)

__all__ = ["TemplateCrm", "TemplateSettings", "connector"]
