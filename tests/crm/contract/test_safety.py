"""A CRM in trouble says which kind of trouble it is, and a write happens once in effect."""

from __future__ import annotations

from typing import Final

import pytest

from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Crm, CrmNeedsLogin, CrmUnavailable, Search
from tests.crm.contract import made
from tests.crm.contract.harness import Fault, Harness

# fault -> what a write says, and how a read fails (None: a fault of writes alone)
SAID: Final[dict[Fault, Verdict]] = {
    Fault.SLOW: Verdict.UNCLEAR,
    Fault.BROKEN: Verdict.TRY_LATER,
    Fault.QUOTA: Verdict.TRY_LATER,
    Fault.LOGIN: Verdict.NEEDS_LOGIN,
}
RAISED: Final[dict[Fault, type[Exception]]] = {
    Fault.SLOW: CrmUnavailable,
    Fault.BROKEN: CrmUnavailable,
    Fault.QUOTA: CrmUnavailable,
    Fault.LOGIN: CrmNeedsLogin,
}


async def test_a_write_into_a_crm_in_trouble_says_which_trouble(
    harness: Harness, crm: Crm, fault: Fault
) -> None:
    async with harness.fault(fault):
        outcome = await made.something(crm, harness.capabilities)
    assert outcome.verdict is SAID[fault]


@pytest.mark.needs(Capability.LOOKUP)
async def test_a_read_from_a_crm_in_trouble_says_which_trouble(
    harness: Harness, crm: Crm, fault: Fault
) -> None:
    async with harness.fault(fault):
        with pytest.raises(RAISED[fault]):
            await crm.lookup(made.CLIENT)


@pytest.mark.needs(Capability.LEADS, Capability.FIND)
async def test_what_was_unclear_is_made_once_after_all(
    harness: Harness, crm: Crm, fault: Fault
) -> None:
    key = made.key()
    async with harness.fault(fault):
        await crm.create_lead(made.lead(), key)
    if await crm.find(key) is None:
        await crm.create_lead(made.lead(), key)
    assert len(await crm.find_leads(Search(phone=made.STRANGER))) == 1


async def test_the_time_a_crm_asks_for_is_handed_on(
    harness: Harness, crm: Crm, fault: Fault
) -> None:
    async with harness.fault(fault):
        outcome = await made.something(crm, harness.capabilities)
    assert outcome.retry_after == (7 if fault is Fault.QUOTA else None)
