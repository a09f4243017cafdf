"""A write happens once in effect, and the key tells what it made."""

from __future__ import annotations

import asyncio
from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import same
from bridge.crm.suite.made import key, lead
from bridge.crm.suite.stand import Stand, id_of
from bridge.domain.ports import Capability, Search

LEADS: Final = Capability.LEADS
FIND: Final = Capability.FIND


@checks.check("find", LEADS, FIND)
async def a_repeated_write_under_one_key_gives_the_earlier_id(stand: Stand) -> None:
    written, crm = key("create_lead"), stand.crm
    first = await crm.create_lead(lead(phone=stand.stranger), written)
    again = await crm.create_lead(lead(phone=stand.stranger, title="Changed"), written)
    found = await crm.find_leads(Search(phone=stand.stranger))
    same((id_of(again), len(found)), (id_of(first), 1))


@checks.check("find", LEADS, FIND)
async def writes_under_one_key_at_the_same_moment_make_one_thing(stand: Stand) -> None:
    written = key("create_lead")
    made = lead(phone=stand.stranger)
    outcomes = await asyncio.gather(*(stand.crm.create_lead(made, written) for _ in range(8)))
    same(len({id_of(each) for each in outcomes}), 1, "the number of leads")


@checks.check("find", Capability.CONTACTS, FIND)
async def a_key_tells_what_was_made_under_it(stand: Stand) -> None:
    written = key()
    id = id_of(await stand.crm.create_contact({"name": f"x{stand.mark}"}, written))
    same((await stand.crm.find(written), await stand.crm.find(key("another"))), (id, None))


@checks.check("find", Capability.CONTACTS, FIND)
async def a_refused_write_leaves_nothing_under_its_key(stand: Stand) -> None:
    written = key()
    await stand.crm.create_contact({"nmae": "x"}, written)
    same(await stand.crm.find(written), None)


@checks.check("probe")
async def the_probe_names_the_capabilities(stand: Stand) -> None:
    same((await stand.crm.probe()).capabilities, stand.capabilities)
