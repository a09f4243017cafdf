"""How many requests a call costs: the account bears seven a second."""

from __future__ import annotations

import pytest

from tests.crm.office import CLIENT, Office
from tests.portals.amocrm import Portal


@pytest.mark.parametrize(("known", "most"), [(False, 8), (True, 9)], ids=["stranger", "client"])
async def test_a_call_with_its_recording_costs_so_many_requests(
    office: Office, portal: Portal, known: bool, most: int
) -> None:
    if known:
        contact = portal.add("contacts", CLIENT, name="Иван")
        portal.add("leads", name="open", _embedded={"contacts": [{"id": contact}]})
    await office.destination.crm.probe()
    before = len(portal.requests)
    await office.finish()
    names = [seen.name for seen in portal.requests[before:] if seen.name != "GET users"]
    assert len(names) <= most
