"""The connectors under contract. A new one adds its harness here."""

from __future__ import annotations

from typing import Final

from tests.crm.amocrm.harness import AmoCrmHarness
from tests.crm.bitrix24.harness import Bitrix24Harness
from tests.crm.builtin.harness import BuiltinHarness
from tests.crm.contract.harness import Harness
from tests.crm.declarative.espocrm import EspoHarness
from tests.crm.declarative.onec import OneCHarness
from tests.crm.declarative.plain import PlainHarness
from tests.crm.odoo.harness import OdooHarness
from tests.crm.webhook.harness import WebhookHarness

HARNESSES: Final[tuple[type[Harness], ...]] = (
    BuiltinHarness,
    Bitrix24Harness,
    OdooHarness,
    AmoCrmHarness,
    WebhookHarness,
    PlainHarness,
    EspoHarness,
    OneCHarness,
)
