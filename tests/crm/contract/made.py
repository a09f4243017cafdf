"""Short ways to put things into a CRM and to make the calls that are logged there."""

from __future__ import annotations

from bridge.crm.suite.made import CLIENT, DID, OFFICE, STRANGER, call, key, lead, recording, ref
from bridge.crm.suite.stand import id_of as made
from bridge.domain.commands import Outcome
from bridge.domain.ports import Capability, Crm

__all__ = [
    "CLIENT",
    "DID",
    "OFFICE",
    "STRANGER",
    "call",
    "company",
    "contact",
    "deal",
    "key",
    "lead",
    "made",
    "recording",
    "ref",
    "something",
]


async def contact(crm: Crm, **fields: str) -> str:
    return made(await crm.create_contact({"name": "Иван Ёлкин", "phone": CLIENT, **fields}, key()))


async def company(crm: Crm, **fields: str) -> str:
    given = {"name": "ООО Ромашка", "phone": OFFICE, "inn": "7707083893", **fields}
    return made(await crm.create_company(given, key()))


async def deal(crm: Crm, pipeline: str, **fields: str) -> str:
    return made(await crm.create_deal({"title": "Принтер", **fields}, pipeline, key()))


async def something(crm: Crm, capabilities: frozenset[Capability]) -> Outcome:
    """A write that this CRM takes: a lead, or a call where it has no leads."""
    if Capability.LEADS in capabilities:
        return await crm.create_lead(lead(), key())
    return await crm.log_call(call(), None, (), key())
