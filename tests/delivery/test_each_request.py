"""One thing goes wrong at one method, for each pair of them: nothing is lost, nothing doubled."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import pytest

from tests.delivery.calls import BEGUN, PLAIN, STORY
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
# Those that are asked otherwise for calls that rang in the portal or were clicked there.
OF_BEGUN: Final = (
    "crm.activity.binding.add",
    "crm.lead.add",
    "oauth.token",
    "telephony.externalcall.attachrecord",
    "telephony.externalcall.finish",
    "telephony.externalcall.hide",
    "telephony.externalcall.register",
    "voximplant.statistic.get",
)
STORIES: Final = (("plain", PLAIN, METHODS), ("begun", (0, *BEGUN), OF_BEGUN))
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
    pytest.param(kind, done, method, numbers, id=f"{story}-{kind}{'-done' * done}-{method}")
    for story, numbers, methods in STORIES
    for kind, done in WRONG
    for method in methods
    if (method, done) != ("oauth.token", True)  # then only a person can go on: see below
]


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.parametrize(("kind", "done", "method", "numbers"), ROWS)
async def test_a_request_that_goes_wrong_costs_nothing(
    at: Stand, method: str, kind: str, done: bool, numbers: tuple[int, ...]
) -> None:
    at.portal.doubts.finish_looks_again = False  # the harder reading
    async with at.running(str(at.folder / "bridge.db")):
        fault = at.portal.fault(kind, method, applied=done)
        if method == "oauth.token":
            at.portal.auth.expire()
        await at.call(*numbers)
        await at.pass_time()
        assert fault.struck == 1
        assert (complaints(at.portal, without(numbers)), await at.parked()) == ([], [])


def without(numbers: tuple[int, ...]) -> list[str]:
    return [f"call {number}" for number in range(len(STORY)) if number not in numbers]


@pytest.mark.proves("S4-11", "S4-39")
async def test_a_lost_answer_to_a_refresh_holds_all_until_an_installation(at: Stand) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        at.portal.fault("cut", "oauth.token", applied=True)
        at.portal.auth.expire()
        await at.call(*PLAIN)
        await at.pass_time(timedelta(hours=1))
        (held,) = await at.store.held()
        assert ("was lost" in held.detail, at.portal.calls) == (True, [])
        await at.crm.hooked({}, installation(at.portal))
        await at.pass_time()
        assert (complaints(at.portal, without(PLAIN)), await at.parked()) == ([], [])


def installation(portal: Portal) -> bytes:
    """What the portal posts when somebody installs the application."""
    auth = {f"auth[{name}]": value for name, value in portal.auth.block(1).items()}
    return urlencode({"event": "ONAPPINSTALL", **auth}).encode()


@pytest.mark.proves("S0-14")
async def test_the_tables_have_every_method(at: Stand) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time()
    asked = {method for seen in at.portal.requests[at.since :] for method in seen.methods}
    assert asked | {"oauth.token"} == {*METHODS, *OF_BEGUN}
