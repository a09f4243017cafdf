"""Where the facts of a decision come from, and what a place that fails or is late costs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from bridge.agi.answers import Answers
from bridge.agi.routes import ClientRoutes, Company, Source
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.ports import Crm
from bridge.domain.routes import Asked, Caller, Decision, NotAtHand, RouteStatus
from bridge.outbox.destination import Destination
from bridge.routing.case import Talked
from bridge.routing.presence import Presence
from bridge.routing.settings import RoutingSettings
from tests.routing.office import CLIENT, NIGHT, NOON, OFFICE, SALES

USERS = {"101": "anna", "102": "boris", "103": "clara"}


def match(kind: str, id: str, owner: str | None, company: str | None = None) -> Match:
    return Match(
        entity=EntityRef(EntityKind(kind), id), name=f"{kind} {id}", owner=owner, company=company
    )


@dataclass
class Numbers:
    """One CRM: what it has of the client, None when it cannot tell, late when it takes too long."""

    matches_: tuple[Match, ...] | None = ()
    late: bool = False

    def at_hand(self, number: str) -> tuple[Match, ...]:
        if self.late or self.matches_ is None:
            raise NotAtHand
        return self.matches_ if number == CLIENT else ()

    async def matches(self, number: str, within: float) -> tuple[Match, ...] | None:
        if self.late:
            await asyncio.sleep(within)
            raise TimeoutError
        return self.matches_ if number == CLIENT else ()


@dataclass
class Talks:
    talked: Talked | None = None

    def at_hand(self, number: str) -> Talked | None:
        return self.talked

    async def with_client(self, number: str) -> Talked | None:
        return self.talked


@dataclass
class Desk:
    """A company whose CRMs, telephones and memory are these."""

    crms: tuple[Numbers, ...] = (Numbers((match("contact", "1", "anna"),)),)
    talked: str | None = None
    presence: Mapping[str, Presence] = field(default_factory=dict)
    employees: Mapping[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    within: float = 0.01

    def routes(self) -> ClientRoutes:
        settings = RoutingSettings.model_validate({**OFFICE, **self.settings})
        last = Talked(extension=self.talked, at=NOON - timedelta(days=2)) if self.talked else None
        return ClientRoutes(
            [Source(destination=to(n), numbers=crm) for n, crm in enumerate(self.crms)],
            Company(settings=settings, employees=self.employees),
            Talks(last),
            lambda: self.presence,
            self.within,
            now=lambda: NOON,
        )

    async def route(self, **asked: Any) -> Decision:
        """Both ways must say the same, where one of them need not wait."""
        routes, question = self.routes(), Asked(**{"number": CLIENT, "did": SALES, **asked})
        decision = await routes.route(question)
        with suppress(NotAtHand):
            assert routes.at_once(question) == decision
        return decision


def to(place: int) -> Destination:
    return Destination(name=f"crm{place}", crm=cast(Crm, None), users=USERS)


def rings(decision: Decision) -> tuple[RouteStatus, str | None, str | None]:
    return decision.status, decision.owner, decision.label


@pytest.mark.proves("S1-11")
@pytest.mark.parametrize(
    ("number", "did"),
    [(CLIENT, SALES), ("89161234567", "+74951234502"), ("79161234567", None)],
)
async def test_the_did_does_not_matter_nor_how_the_number_is_written(
    number: str, did: str | None
) -> None:
    assert await Desk().route(number=number, did=did) == Decision(
        status=RouteStatus.OK,
        owner="101",
        dial="PJSIP/101",
        timeout=20,
        name="contact 1",
        label="owner",
    )


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
async def test_a_known_client_goes_to_the_owner(matches: list[Match], owner: str | None) -> None:
    desk = Desk((Numbers(tuple(matches)),), settings={"dial": "Local/{extension}@in"})
    decision = await desk.route()
    assert (decision.owner, decision.dial) == (owner, f"Local/{owner}@in" if owner else None)


KNOWS, BLANK = Numbers((match("contact", "1", "anna"),)), Numbers(())
AWAY, LATE = Numbers(None), Numbers(late=True)
BUSY_ANNA = {"101": Presence.IN_USE}


@pytest.mark.parametrize(
    ("crms", "status"),
    [
        ([], RouteStatus.UNKNOWN),
        ([BLANK], RouteStatus.UNKNOWN),
        ([BLANK, KNOWS], RouteStatus.OK),
        ([AWAY, KNOWS], RouteStatus.OK),
        ([LATE, KNOWS], RouteStatus.OK),
        ([AWAY, BLANK], RouteStatus.UNKNOWN),
        ([AWAY, AWAY], RouteStatus.OFF),
        ([LATE], RouteStatus.TIMEOUT),
        ([LATE, AWAY], RouteStatus.TIMEOUT),
    ],
    ids=[
        *("none", "blank", "second_knows", "first_away", "first_late", "away_and_blank"),
        *("all_away", "late", "late_and_away"),
    ],
)
async def test_every_crm_is_asked_and_one_that_fails_is_passed_over(
    crms: list[Numbers], status: RouteStatus
) -> None:
    assert (await Desk(tuple(crms)).route()).status is status


@pytest.mark.proves("S0-17", "S0-22")
@pytest.mark.parametrize(
    ("said", "goes"),
    [
        ({"presence": BUSY_ANNA}, (RouteStatus.UNKNOWN, None, "group")),
        (
            {
                "presence": BUSY_ANNA,
                "settings": {"people": {"101": {"deputy": "102"}}},
            },
            (RouteStatus.OK, "102", "owner's deputy"),
        ),
        ({"talked": "103", "crms": (AWAY,)}, (RouteStatus.OK, "103", "last talker")),
        ({"talked": "103", "crms": (LATE,)}, (RouteStatus.OK, "103", "last talker")),
        ({"talked": "103"}, (RouteStatus.OK, "101", "owner")),
        ({"crms": (Numbers(),), "talked": "103"}, (RouteStatus.OK, "103", "last talker")),
        ({"employees": {CLIENT: "102"}}, (RouteStatus.UNKNOWN, None, "employee")),
    ],
    ids=["busy", "deputy", "crm_away", "crm_late", "owner_before_talker", "talker", "employee"],
)
async def test_each_fact_has_its_place_in_the_decision(
    said: dict[str, Any], goes: tuple[RouteStatus, str | None, str]
) -> None:
    assert rings(await Desk(**said).route()) == goes


@pytest.mark.proves("S0-54")
@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({}, "ru"),
        ({"number": "+4915112345678"}, "de"),
        ({"words": {"key": "2"}}, "en"),
        ({"did": "+74951234599"}, "kk"),
    ],
    ids=["country", "another_country", "key_of_the_menu", "company_number"],
)
async def test_the_language_is_known_by_country_key_and_company_number(
    asked: dict[str, Any], language: str
) -> None:
    languages = {"countries": {"RU": "ru", "DE": "de"}, "keys": {"2": "en"}}
    lines = {"+74951234599": {"language": "kk"}}
    desk = Desk(settings={"languages": languages, "lines": lines})
    assert (await desk.route(**asked)).language == language


@pytest.mark.proves("S0-15")
@pytest.mark.parametrize("number", [None, "anonymous", "101", "not a number"])
async def test_a_number_that_is_none_is_nobodys(number: Any) -> None:
    assert rings(await Desk().route(number=number)) == (RouteStatus.UNKNOWN, None, "group")


async def test_a_crm_that_hangs_leaves_the_answer_within_the_deadline() -> None:
    answers = Answers(Desk((LATE,), talked="103", within=0.07).routes(), deadline=0.1)
    assert rings(await answers.route(Asked(number=CLIENT)))[1] == "103"


@pytest.mark.proves("S0-58")
async def test_new_settings_count_from_the_next_call_on() -> None:
    routes = Desk().routes()
    closed = RoutingSettings.model_validate({**OFFICE, "schedules": {"office": {"week": {}}}})
    routes.company = Company(settings=closed)
    assert (await routes.route(Asked(number=CLIENT))).status is RouteStatus.CLOSED


async def test_a_path_may_be_asked_for_another_time() -> None:
    path = await Desk().routes().path(Asked(number=CLIENT), NIGHT)
    assert path.decision.label == "closed, voicemail"


async def test_a_display_shows_the_name_and_the_company() -> None:
    person, firm = match("contact", "1", "anna", company="7"), match("company", "7", "boris")
    routes = Desk((BLANK, Numbers((person, firm)))).routes()
    assert [
        await routes.lookup(Asked(number=CLIENT)),
        await routes.lookup(Asked(number="+79160000000")),
    ] == [Caller(name="contact 1", company="company 7"), Caller()]


async def test_an_employee_is_not_shown_as_the_client_that_his_mobile_is() -> None:
    routes = Desk((BLANK, Numbers((match("contact", "1", "anna"),)))).routes()
    routes.company = Company(employees={CLIENT: "103"})
    assert await routes.lookup(Asked(number=CLIENT)) == Caller()


async def test_a_rule_has_nothing_to_say_yet() -> None:
    assert await Desk().routes().say(Asked(number=CLIENT)) == ()


@pytest.mark.proves("S0-54")
async def test_what_a_rule_says_is_played_in_the_clients_language() -> None:
    rule = {
        "name": "hello",
        "when": {"contact.name": {"filled": True}},
        "then": {"prompt": {"ru": "ru/hello", "default": "hello"}},
    }
    settings = {"rules": [rule], "languages": {"countries": {"RU": "ru"}}}
    desk = Desk(settings=settings)
    assert await desk.routes().say(Asked(number=CLIENT)) == ("ru/hello",)
    assert (await desk.route()).variables()["BRIDGE_SAY"] == "ru/hello"
