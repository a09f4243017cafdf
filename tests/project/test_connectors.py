"""README tells which method each connector has as the contract does."""

from __future__ import annotations

from tests.crm.contract.harnesses import HARNESSES
from tests.project.connectors import DOCUMENT, filled, methods, table


def test_the_table_is_up_to_date() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert filled(text) == text, "run: python -m tests.project.connectors"


def test_every_connector_and_every_method_stand_in_it() -> None:
    head, _, *rows = table().splitlines()
    assert head.count("|") == len(HARNESSES) + 2
    assert [row.split("|")[1].split(",")[0].strip() for row in rows] == methods()
