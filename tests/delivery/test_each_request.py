"""One thing goes wrong at one method, for each pair of them: nothing is lost, nothing doubled."""

from __future__ import annotations

from typing import Final

import pytest

from tests.delivery.judge import complaints
from tests.delivery.stand import Stand

# Each method that the story needs, as the portal's faults name it.
METHODS: Final = (
    "crm.activity.binding.add",
    "crm.contact.get",
    "crm.contact.list",
    "crm.deal.get",
    "crm.deal.list",
    "crm.duplicate.findbycomm",
    "crm.item.list",
    "crm.lead.add",
    "crm.lead.get",
    "crm.lead.list",
    "crm.timeline.comment.add",
    "crm.timeline.comment.list",
    "oauth.token",
    "telephony.externalcall.attachrecord",
    "telephony.externalcall.finish",
    "telephony.externalcall.register",
    "upload",
    "voximplant.statistic.get",
)
# What goes wrong, and whether the request was carried out nevertheless.
WRONG: Final = (
    ("cut", False),
    ("cut", True),
    ("bad_gateway", False),
    ("bad_gateway", True),
    ("broken_json", True),
    ("html", False),
    ("server_error", False),
    ("unexpected_answer", False),
    ("operation_limit", False),
    ("expired", False),
    ("invalid_token", False),
)


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("kind", "done"), WRONG, ids=[f"{kind}{'-done' * done}" for kind, done in WRONG]
)
async def test_a_request_that_goes_wrong_costs_nothing(
    at: Stand, method: str, kind: str, done: bool
) -> None:
    fault = at.portal.fault(kind, method, applied=done)
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time()
        assert fault.struck == 1
        assert (complaints(at.portal), await at.parked()) == ([], [])


@pytest.mark.proves("S0-14")
async def test_the_table_has_every_method(at: Stand) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time()
    asked = {method for seen in at.portal.requests for method in seen.methods}
    assert asked | {"oauth.token"} == set(METHODS)
