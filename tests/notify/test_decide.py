"""What people hear of an incident: when it opens, as a reminder, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.troubles import Incident, IncidentState, Trouble, TroubleKind
from bridge.notify.decide import MOVES, Move, Patience, decide, moved

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATIENCE = Patience(
    after={kind: timedelta(minutes=5) for kind in TroubleKind},
    steady=timedelta(minutes=1),
    remind_after=timedelta(hours=4),
)
ALL = frozenset(TroubleKind)


def away(subject: str = "crm", what: str = "") -> Trouble:
    return Trouble(subject=subject, kind=TroubleKind.FAILING, since=START, what=what)


class Office:
    """Looks once a minute and remembers what was told."""

    def __init__(self) -> None:
        self.incidents: dict[int, Incident] = {}
        self.told: list[str] = []
        self.now = START

    def look(
        self,
        *troubles: Trouble,
        after: float = 1,
        known: frozenset[TroubleKind] = ALL,
    ) -> None:
        """Look `after` so many minutes."""
        self.now += timedelta(minutes=after)
        live = [i for i in self.incidents.values() if i.state is not IncidentState.CLOSED]
        decided = decide(live, troubles, known, self.now, PATIENCE)
        for incident in decided.incidents:
            id = incident.id or len(self.incidents) + 1
            self.incidents[id] = replace(incident, id=id)
        minutes = int((self.now - START).total_seconds() // 60)
        for notice in decided.notices:
            self.told.append(f"{minutes} {notice.incident.trouble.subject} {notice.said}")


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.proves("S0-30", "S4-41")
def test_a_failure_that_lasts_is_told_once_and_its_end_once(office: Office) -> None:
    for calls in range(30):
        office.look(away(what=f"{calls} calls wait"))
    for _ in range(5):
        office.look()
    assert office.told == ["5 crm opened", "32 crm recovered"]


def test_a_failure_shorter_than_the_patience_is_nobody_s_business(office: Office) -> None:
    office.look(away())
    office.look()
    office.look()
    assert office.told == []
    assert office.incidents[1].state is IncidentState.CLOSED


def test_what_comes_and_goes_is_one_incident(office: Office) -> None:
    for minute in range(40):
        office.look(*([away()] if minute % 2 else []), after=0.5)
    assert office.told == ["5 crm opened"]


def test_two_subjects_are_two_incidents(office: Office) -> None:
    office.look(away("crm"), away("helpdesk"), after=6)
    assert office.told == ["6 crm opened", "6 helpdesk opened"]


def test_whoever_did_not_answer_is_reminded_and_whoever_did_is_not(office: Office) -> None:
    office.look(away(), after=5)
    office.look(away(), after=240)
    office.incidents[1], _ = moved(office.incidents[1], Move.ACKNOWLEDGE, office.now)
    office.look(away(), after=240)
    office.look()
    office.look()
    assert office.told == ["5 crm opened", "245 crm still", "487 crm recovered"]


def test_what_cannot_be_looked_at_is_not_over(office: Office) -> None:
    office.look(away(), after=5)
    for _ in range(10):
        office.look(known=frozenset())
    assert office.told == ["5 crm opened"]


def test_the_same_failure_later_is_a_new_incident(office: Office) -> None:
    for trouble in ([away()], [], [], [away()]):
        office.look(*trouble, after=6)
    assert office.told == ["6 crm opened", "18 crm recovered", "24 crm opened"]


@pytest.mark.parametrize("state", list(IncidentState))
@pytest.mark.parametrize("move", list(Move))
def test_nothing_leaves_the_closed_and_every_move_leads_somewhere_known(
    state: IncidentState, move: Move
) -> None:
    leads = MOVES.get((state, move))
    assert (leads is None) or (state is not IncidentState.CLOSED and leads[0] in IncidentState)
