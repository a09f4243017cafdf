"""Each check of the contract's suite against every CRM that has what the check needs."""

from __future__ import annotations

from bridge.crm.suite.checks import Check
from bridge.crm.suite.stand import Stand


async def test_the_contract(check: Check, stand: Stand) -> None:
    await check.run(stand)
