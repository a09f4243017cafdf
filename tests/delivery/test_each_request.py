"""One thing goes wrong at one method, for each pair of them: nothing is lost, nothing doubled."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import pytest

from tests.delivery.judge import complaints
from tests.delivery.stand import Stand
from tests.portals.bitrix24.portal import Portal

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


ROWS: Final = [
    pytest.param(kind, done, method, id=f"{kind}{'-done' * done}-{method}")
    for kind, done in WRONG
    for method in METHODS
    if (method, done) != ("oauth.token", True)  # then only a person can go on: see below
]


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.parametrize(("kind", "done", "method"), ROWS)
async def test_a_request_that_goes_wrong_costs_nothing(
    at: Stand, method: str, kind: str, done: bool
) -> None:
    fault = at.portal.fault(kind, method, applied=done)
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time()
        assert fault.struck == 1
        assert (complaints(at.portal), await at.parked()) == ([], [])


@pytest.mark.proves("S4-11", "S4-39")
async def test_a_lost_answer_to_a_refresh_holds_all_until_an_installation(at: Stand) -> None:
    at.portal.fault("cut", "oauth.token", applied=True)
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time(timedelta(hours=1))
        (held,) = await at.store.held()
        assert ("was lost" in held.detail, at.portal.calls) == (True, [])
        await at.crm.hooked({}, installation(at.portal))
        await at.pass_time()
        assert (complaints(at.portal), await at.parked()) == ([], [])


def installation(portal: Portal) -> bytes:
    """What the portal posts when somebody installs the application."""
    auth = {f"auth[{name}]": value for name, value in portal.auth.block(1).items()}
    return urlencode({"event": "ONAPPINSTALL", **auth}).encode()


@pytest.mark.proves("S0-14")
async def test_the_table_has_every_method(at: Stand) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time()
    asked = {method for seen in at.portal.requests for method in seen.methods}
    assert asked | {"oauth.token"} == set(METHODS)
