"""To whom a known client goes, and why sometimes to nobody."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bridge.agi.owner import OwnerRoutes, to_owner
from bridge.agi.settings import AgiSettings
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.ports import Crm, CrmNeedsLogin, CrmUnavailable
from bridge.domain.routes import Asked, Caller, Decision, RouteStatus
from bridge.outbox.destination import Destination

CLIENT = "+79161234561"
USERS = {"101": "anna", "102": "boris", "103": "anna"}


def match(kind: str, id: str, owner: str | None, company: str | None = None) -> Match:
    return Match(
        entity=EntityRef(EntityKind(kind), id), name=f"{kind} {id}", owner=owner, company=company
    )


class Knows:
    """The part of a CRM that a route needs: it knows these matches of the client, or fails."""

    def __init__(self, *matches: Match, fault: Exception | None = None) -> None:
        self.matches, self.fault = matches, fault

    async def lookup(self, phone: str) -> list[Match]:
        if self.fault:
            raise self.fault
        return list(self.matches) if phone == CLIENT else []


def destination(*matches: Match, fault: Exception | None = None) -> Destination:
    return Destination(name="crm", crm=cast(Crm, Knows(*matches, fault=fault)), users=USERS)


def routes(*destinations: Destination) -> OwnerRoutes:
    return OwnerRoutes(destinations, "RU", AgiSettings(ring_seconds=15))


@pytest.mark.proves("S1-10", "S0-12", "S2-14")
@pytest.mark.parametrize(
    ("matches", "owner"),
    [
        ([match("contact", "1", "anna")], "101"),
        ([match("company", "1", "boris")], "102"),
        ([match("lead", "1", "boris")], "102"),
        ([match("lead", "1", "boris"), match("contact", "1", "anna")], "101"),
        ([match("company", "7", "boris"), match("contact", "1", "anna", company="7")], "101"),
        ([match("contact", "1", "anna"), match("contact", "2", "anna")], "101"),
        ([match("contact", "1", "anna"), match("contact", "2", "boris")], None),
        ([match("contact", "1", "somebody who left")], None),
        ([match("contact", "1", None)], None),
    ],
    ids=[
        *("contact", "company", "lead", "contact_before_lead", "contact_before_company"),
        *("shared_by_one_owner", "shared_by_two_owners", "no_extension", "no_owner"),
    ],
)
def test_a_known_client_goes_to_the_owner(matches: list[Match], owner: str | None) -> None:
    decision = to_owner(tuple(matches), destination(), AgiSettings(dial="Local/{extension}@in"))
    assert (decision.owner, decision.dial) == (owner, f"Local/{owner}@in" if owner else None)


@pytest.mark.parametrize(
    ("number", "did"),
    [("+79161234561", "+74951234501"), ("89161234561", "+74951234502"), ("79161234561", None)],
)
@pytest.mark.proves("S1-11")
async def test_the_did_does_not_matter_nor_how_the_number_is_written(
    number: str, did: str | None
) -> None:
    decision = await routes(destination(match("contact", "1", "anna"))).route(
        Asked(number=number, did=did)
    )
    assert decision == Decision(
        status=RouteStatus.OK,
        owner="101",
        dial="PJSIP/101",
        timeout=15,
        name="contact 1",
        label="owner",
    )


KNOWS = destination(match("contact", "1", "anna"))
BLANK = destination()
AWAY = destination(fault=CrmUnavailable("down"))
LOCKED = destination(fault=CrmNeedsLogin("renew"))


@pytest.mark.parametrize(
    ("crms", "status"),
    [
        ([], RouteStatus.UNKNOWN),
        ([BLANK], RouteStatus.UNKNOWN),
        ([BLANK, KNOWS], RouteStatus.OK),
        ([AWAY, KNOWS], RouteStatus.OK),
        ([AWAY, BLANK], RouteStatus.UNKNOWN),
        ([AWAY, LOCKED], RouteStatus.OFF),
    ],
    ids=["none", "blank", "second_knows", "first_away", "away_and_blank", "all_away"],
)
async def test_every_crm_is_asked_and_one_that_fails_is_passed_over(
    crms: list[Destination], status: RouteStatus
) -> None:
    assert (await routes(*crms).route(Asked(number=CLIENT))).status is status


@pytest.mark.parametrize("number", [None, "anonymous", "101", "not a number"])
async def test_a_number_that_is_none_is_nobodys(number: Any) -> None:
    decision = await routes(KNOWS).route(Asked(number=number))
    assert decision == Decision(status=RouteStatus.UNKNOWN)


async def test_a_display_shows_the_name_and_the_company() -> None:
    person, firm = match("contact", "1", "anna", company="7"), match("company", "7", "boris")
    crm = routes(BLANK, destination(person, firm))
    assert await crm.lookup(Asked(number=CLIENT)) == Caller(name="contact 1", company="company 7")
    assert await crm.lookup(Asked(number="+79160000000")) == Caller()


async def test_a_rule_has_nothing_to_say_yet() -> None:
    assert await routes(KNOWS).say(Asked(number=CLIENT)) == ()
