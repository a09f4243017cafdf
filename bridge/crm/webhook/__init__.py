"""Calls to whoever listens, by HTTP: signed, filtered, in the receiver's own words."""

from __future__ import annotations

from typing import Final

from bridge.crm.registry import Connector
from bridge.crm.webhook.connector import CAPABILITIES, WebhookCrm
from bridge.crm.webhook.settings import WebhookCrmSettings

connector: Final = Connector(
    settings=WebhookCrmSettings, connect=WebhookCrm, capabilities=CAPABILITIES
)

__all__ = ["WebhookCrm", "WebhookCrmSettings", "connector"]
