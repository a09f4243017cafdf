"""Who should have the card of a call open, as the call goes on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.domain.call_events import (
    AgentRinging,
    AgentStoppedRinging,
    CallEvent,
    CallStarted,
    TalkChanged,
)
from bridge.domain.record import Client, Direction
from bridge.outbox.card import Change, after, card_of, change

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = "pbx-1.1"
USERS = {"101": "alice", "102": "bob", "103": "carol"}
CLIENT = Client(number="+79161234567")


def rings(*agents: str) -> list[CallEvent]:
    return [AgentRinging(AT, ID, agent) for agent in agents]


def stops(*agents: str) -> list[CallEvent]:
    return [AgentStoppedRinging(AT, ID, agent) for agent in agents]


def talk(*agents: str) -> list[CallEvent]:
    return [TalkChanged(AT, ID, agents)]


def started(
    direction: Direction = Direction.INBOUND,
    client: Client = CLIENT,
    agent: str | None = None,
    call_id: str = ID,
) -> CallStarted:
    return CallStarted(AT, call_id, direction, client, "+74951234501", agent=agent, linkedid="1.1")


def dialled(agent: str, call_id: str = ID) -> CallStarted:
    return started(Direction.OUTBOUND, agent=agent, call_id=call_id)


@pytest.mark.parametrize(
    ("happened", "holders"),
    [
        ([], ()),
        (rings("101", "102"), ("alice", "bob")),
        ([*rings("101", "102"), *stops("101")], ("bob",)),
        ([*rings("101", "101"), *stops("101")], ("alice",)),  # another phone of hers rings on
        ([*rings("101", "102"), *talk("102"), *stops("101", "102")], ("bob",)),
        ([*rings("101"), *talk("101"), *stops("101"), *talk()], ("alice",)),  # on hold
        ([*talk("101"), *rings("103")], ("alice", "carol")),
        ([*talk("101"), *rings("103"), *talk("103"), *stops("103")], ("carol",)),
        (rings("999"), ()),  # no user of the CRM
    ],
)
def test_the_card_is_open_where_the_call_is(
    happened: list[CallEvent], holders: tuple[str, ...]
) -> None:
    card = card_of(started(), hidden=False)
    assert card is not None
    for event in happened:
        card = after(card, event)
    assert card.holders(USERS) == holders


def test_who_dialled_has_the_card_from_the_beginning() -> None:
    card = card_of(dialled("102"), hidden=False)
    assert card is not None
    assert card.holders(USERS) == ("bob",)


@pytest.mark.parametrize(
    ("event", "hidden", "has_one"),
    [
        (started(Direction.INTERNAL, Client(raw="101")), True, False),
        (started(client=Client(withheld=True)), False, False),
        (started(client=Client(withheld=True)), True, True),
        (started(), False, True),
    ],
)
def test_which_calls_have_a_card(event: CallStarted, hidden: bool, has_one: bool) -> None:
    assert (card_of(event, hidden=hidden) is not None) is has_one


def test_a_change_opens_and_closes_what_differs() -> None:
    card = card_of(started(), hidden=False)
    assert card is not None
    ringing = after(after(card, *rings("101")), *rings("102"))
    assert change(ringing, USERS, ("bob", "carol")) == Change(show=("alice",), hide=("carol",))
