"""Which of the entities that store a number wins, and which of their open deals takes the call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bridge.domain.entities import Deal, EntityKind, EntityRef, Lead, Match
from bridge.domain.fact import fact
from bridge.rules.case import Known, Note
from bridge.rules.policy import DealChoice, Policy

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@fact(frozen=True, slots=True, kw_only=True)
class Winner:
    """The entity that takes the call. `ambiguous`: another one could have been meant."""

    match: Match
    deals: tuple[EntityRef, ...] = ()
    ambiguous: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be counted, and shown beside the call."""
        return (Note.AMBIGUOUS,) if self.ambiguous else ()


def winner(known: Known, policy: Policy) -> Winner:
    """The first kind of `entity_order` that stores the number; within it, one with an open deal
    or lead first, then the CRM's own order. `known` must not be empty."""
    found = _matches(known)
    if len(found) == 1:  # most clients: nothing to weigh
        return Winner(match=found[0], deals=_chosen(list(found[0].open_deals), policy))
    open_leads = {lead.id for lead in known.open_leads}

    def rank(match: Match) -> tuple[int, bool]:
        idle = not match.open_deals and match.entity.id not in open_leads
        return _place(match, policy), idle

    first = min(found, key=rank)
    family = [match for match in found if match is first or _is_company_of(match, first)]
    rivals = [match for match in found if match not in family and _is_rival(match, first)]
    deals = [deal for match in family for deal in match.open_deals]
    return Winner(match=first, deals=_chosen(deals, policy), ambiguous=bool(rivals))


def _matches(known: Known) -> list[Match]:
    """The lookup's matches, and open leads that it does not name yet (its index may lag)."""
    if not known.open_leads:
        return list(known.matches)
    named = {match.entity for match in known.matches}
    unnamed = [match for match in map(_lead_match, known.open_leads) if match.entity not in named]
    return [*known.matches, *unnamed]


def _lead_match(lead: Lead) -> Match:
    return Match(
        entity=EntityRef(EntityKind.LEAD, lead.id),
        name=lead.title,
        owner=lead.owner,
        company=lead.company,
    )


def _place(match: Match, policy: Policy) -> int:
    order = policy.entity_order
    return order.index(match.entity.kind) if match.entity.kind in order else len(order)


def _is_company_of(match: Match, first: Match) -> bool:
    """A number on a contact and on that contact's own company is one client."""
    person, company = (first, match) if match.entity.kind is EntityKind.COMPANY else (match, first)
    return company.entity.kind is EntityKind.COMPANY and person.company == company.entity.id


def _is_rival(match: Match, first: Match) -> bool:
    """A lead of a known contact or company is a request of that client, not another client."""
    kinds = {match.entity.kind, first.entity.kind}
    return EntityKind.LEAD not in kinds or kinds == {EntityKind.LEAD}


def _chosen(deals: list[Deal], policy: Policy) -> tuple[EntityRef, ...]:
    if not deals:
        return ()
    unique = {deal.id: deal for deal in deals if not deal.closed}
    ordered = sorted(unique.values(), key=lambda deal: deal.changed_at or _LONG_AGO, reverse=True)
    picks = {
        DealChoice.NEWEST: ordered[:1],
        DealChoice.OLDEST: ordered[-1:],
        DealChoice.ALL: ordered,
    }
    return tuple(EntityRef(EntityKind.DEAL, deal.id) for deal in picks[policy.deals])
