"""What no single model of the routing can see: rules and people that cannot be meant, or hardly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.config.findings import Path
from bridge.config.model import Config

DIALPLAN_WAITS: Final = 0.7  # seconds: BRIDGE_WAIT of dialplan/ask-agi.conf, if not set

Doubt = tuple[Path, str, str]


def meaningless(config: Config) -> Iterator[Doubt]:
    """Path, problem and advice of what cannot be meant."""
    for place, rule in enumerate(config.routing.rules):
        if not rule.then.model_fields_set:
            path: Path = ("routing", "rules", place, "then")
            yield path, "this rule decides nothing", "write for example `then: {extension: 101}`"
    for extension, person in config.routing.people.items():
        path = ("routing", "people", extension)
        if extension in {person.deputy, *(one.deputy for one in person.absences)}:
            yield path, "nobody is his own deputy", "name another extension, or none"
        for place, absence in enumerate(person.absences):
            if absence.last < absence.first:
                advice = "write the first day away, then the last"
                yield (*path, "absences", place, "last"), "this is before `first`", advice


def unlikely(config: Config) -> Iterator[Doubt]:
    """What works, and does hardly what is meant."""
    skills = {skill for person in config.routing.people.values() for skill in person.skills}
    for place, rule in enumerate(config.routing.rules):
        if rule.then.skill and rule.then.skill not in skills:
            path: Path = ("routing", "rules", place, "then", "skill")
            yield path, "nobody has this skill", "write it among the `skills` of people"
    if config.agi is not None and config.agi.deadline >= DIALPLAN_WAITS:
        problem = f"the dialplan waits {DIALPLAN_WAITS:g} s unless BRIDGE_WAIT says more"
        advice = f"write less than {DIALPLAN_WAITS:g}, or set BRIDGE_WAIT above it"
        yield ("agi", "deadline"), problem, advice
