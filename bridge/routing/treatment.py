"""How a client is treated, wherever the call goes: by which name, language, place in the queue."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.domain.entities import EntityKind
from bridge.routing.case import Case
from bridge.routing.conditions import values_of
from bridge.routing.settings import Penalty, Rule
from bridge.rules.case import Known
from bridge.rules.entity import Winner, winner


def rules_that_hold(case: Case) -> tuple[Rule, ...]:
    """In the order they are written."""
    if not case.settings.rules or case.number in case.employees:
        return ()
    matches = case.of_client
    return tuple(
        rule
        for rule in case.settings.rules
        if all(said.holds(values_of(field, matches)) for field, said in rule.when.items())
    )


def won(case: Case) -> Winner | None:
    """The entity that takes the call; None where the CRM does not know the number."""
    matches = case.of_client
    return winner(Known(matches=matches), case.policy) if matches else None


def name(chosen: Winner | None) -> str | None:
    """Of the person or the company; the title of a lead is no name."""
    if chosen is None or chosen.match.entity.kind is EntityKind.LEAD:
        return None
    return chosen.match.name or None


def company(chosen: Winner | None, case: Case) -> str | None:
    """The name of the company that the client belongs to, as far as the number tells it."""
    own = chosen.match.company if chosen else None
    if own is None:
        return None
    return next((match.name for match in case.of_client if match.entity.id == own), None)


def language(case: Case, rules: tuple[Rule, ...]) -> str | None:
    """The first that is known: a rule's, the key pressed, the CRM's field, the company number's,
    the country's."""
    return next(filter(None, _languages(case, rules)), None)


def _languages(case: Case, rules: tuple[Rule, ...]) -> Iterator[str | None]:
    for rule in rules:
        yield rule.then.language
    known = case.settings.languages
    yield known.keys.get(case.key or "")
    if known.field:
        yield from map(known.of_value, values_of(known.field, case.of_client))
    yield case.settings.line(case.did).language
    yield known.countries.get(case.country or "")


def said_first(rules: tuple[Rule, ...], language: str | None) -> tuple[str, ...]:
    """The sound files of the first of these rules that has a prompt."""
    for rule in rules:
        if prompt := rule.then.prompt:
            return prompt.sounds(language)
    return ()


def priority(case: Case, rules: tuple[Rule, ...]) -> int | None:
    """For QUEUE_PRIO: the highest that anything gives this client."""
    clients = case.settings.clients
    given = [rule.then.priority for rule in rules if rule.then.priority is not None]
    if case.number in clients.vip:
        given.append(clients.vip_priority)
    return max(given) if given else None


def penalty(case: Case, rules: tuple[Rule, ...]) -> Penalty | None:
    """For QUEUE_MIN_PENALTY and QUEUE_MAX_PENALTY: the first rule's that says it, else that of an
    important client."""
    for rule in rules:
        if said := rule.then.penalty:
            return said
    clients = case.settings.clients
    return clients.vip_penalty if case.number in clients.vip else None
