"""Which entity wins where several store the number."""

from __future__ import annotations

import pytest

from bridge.domain.entities import EntityKind, Lead, Match
from tests.rules.office import (
    POLICY,
    call,
    company,
    contact,
    deal,
    lead_match,
    log_of,
    open_lead,
    planned,
    words,
)


@pytest.mark.parametrize(
    ("stored_by", "where", "notes"),
    [
        ([company("5"), contact("7", deal("9"))], "contact 7, deal 9", ("ambiguous",)),
        ([contact("6"), contact("7", deal("9"))], "contact 7, deal 9", ("ambiguous",)),
        ([contact("6", deal("8")), contact("7", deal("9"))], "contact 6, deal 8", ("ambiguous",)),
        ([company("5"), contact("7", deal("9"), company="5")], "contact 7, deal 9", ()),
        ([company("5", deal("9")), contact("7", company="5")], "contact 7, deal 9", ()),
        ([lead_match("3"), contact("7", deal("9"))], "contact 7, deal 9", ()),
        ([lead_match("3"), lead_match("4"), open_lead("4")], "lead 4", ("ambiguous",)),
        ([open_lead("4")], "lead 4", ()),
        (
            [lead_match("4"), lead_match("3"), open_lead("3"), open_lead("4")],
            "lead 4",
            ("ambiguous",),
        ),
    ],
    ids=[
        "a contact before a company",
        "of two contacts the one with an open deal",
        "of two contacts with deals the one that the CRM names first",
        "a contact and its own company are one client",
        "the company's deal is its contact's too",
        "a lead beside a contact is no other client",
        "of two leads the open one",
        "a lead so new that the lookup does not name it",
        "of two open leads the one that the CRM names first, and no other beside it",
    ],
)
def test_the_winner(stored_by: list[Match | Lead], where: str, notes: tuple[str, ...]) -> None:
    commands = planned(call(), *stored_by)
    assert words(commands)[0] == f"log_call on {where}"
    assert log_of(commands).notes == notes


def test_the_order_of_entities_is_a_setting() -> None:
    order = (EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.LEAD)
    policy = POLICY.model_copy(update={"entity_order": order})
    commands = planned(call(), contact("7", deal("9")), company("5", deal("8")), policy=policy)
    assert words(commands)[0] == "log_call on company 5, deal 8"
