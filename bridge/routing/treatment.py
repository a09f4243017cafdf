"""How a client is treated, wherever the call goes: by which name, language, place in the queue."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.domain.entities import EntityKind
from bridge.routing.case import Case
from bridge.routing.conditions import values_of
from bridge.routing.settings import Penalty, Rule
from bridge.rules.case import Known
from bridge.rules.entity import Winner, winner


def rules_that_hold(case: Case) -> tuple[Rule, ...]:
    """In the order they are written."""
    if not case.settings.rules:
        return ()
    matches = case.matches or ()
    return tuple(
        rule
        for rule in case.settings.rules
        if all(said.holds(values_of(field, matches)) for field, said in rule.when.items())
    )


def won(case: Case) -> Winner | None:
    """The entity that takes the call; None where the CRM does not know the number."""
    return winner(Known(matches=case.matches), case.policy) if case.matches else None


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
    return next((match.name for match in case.matches or () if match.entity.id == own), None)


def language(case: Case, rules: tuple[Rule, ...]) -> str | None:
    """The first that is known: a rule's, the key pressed, the CRM's field, the company number's,
    the country's."""
    known = case.settings.languages
    said = values_of(known.field, case.matches or ()) if known.field else ()
    return (
        _first(rule.then.language for rule in rules)
        or known.keys.get(case.key or "")
        or _first(known.values.get(value, value) for value in said)
        or case.settings.line(case.did).language
        or known.countries.get(case.country or "")
    )


def _first(texts: Iterable[str | None]) -> str | None:
    return next(filter(None, texts), None)


def said_first(rules: tuple[Rule, ...], language: str | None) -> tuple[str, ...]:
    """The sound files of the first of these rules that has a prompt."""
    prompts = (rule.then.prompt for rule in rules)
    prompt = next(filter(None, prompts), None)
    return prompt.sounds(language) if prompt else ()


def priority(case: Case, rules: tuple[Rule, ...]) -> int | None:
    """For QUEUE_PRIO: the highest that anything gives this client."""
    clients = case.settings.clients
    given = [rule.then.priority for rule in rules if rule.then.priority is not None]
    if case.number in clients.vip:
        given.append(clients.vip_priority)
    return max(given, default=None)


def penalty(case: Case, rules: tuple[Rule, ...]) -> Penalty | None:
    """For QUEUE_MIN_PENALTY and QUEUE_MAX_PENALTY: the first rule's that says it, else that of an
    important client."""
    clients = case.settings.clients
    said = (rule.then.penalty for rule in rules)
    return next(filter(None, said), clients.vip_penalty if case.number in clients.vip else None)
