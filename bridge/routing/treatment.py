"""How a client is treated, wherever the call goes: language and place in the queue."""

from __future__ import annotations

from bridge.routing.case import Case
from bridge.routing.conditions import values_of
from bridge.routing.settings import Rule


def rules_that_hold(case: Case) -> tuple[Rule, ...]:
    """In the order they are written."""
    matches = case.matches or ()
    return tuple(
        rule
        for rule in case.settings.rules
        if all(said.holds(values_of(field, matches)) for field, said in rule.when.items())
    )


def language(case: Case, rules: tuple[Rule, ...]) -> str | None:
    """The first that is known: a rule's, the key pressed, the CRM's field, the company number's,
    the country's."""
    known = case.settings.languages
    said = values_of(known.field, case.matches or ()) if known.field else ()
    ways = (
        *(rule.then.language for rule in rules),
        known.keys.get(case.key or ""),
        *(known.values.get(value, value) for value in said),
        case.settings.line(case.did).language,
        known.countries.get(case.country or ""),
    )
    return next(filter(None, ways), None)


def priority(case: Case, rules: tuple[Rule, ...]) -> int | None:
    """For QUEUE_PRIO: the highest that anything gives this client."""
    clients = case.settings.clients
    given = [rule.then.priority for rule in rules if rule.then.priority is not None]
    if case.number in clients.vip:
        given.append(clients.vip_priority)
    return max(given, default=None)
