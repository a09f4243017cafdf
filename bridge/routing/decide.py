"""The decision: the ways of WAYS are looked at in order, the first that answers is the call's.

    way              answers when
    ---------------  ------------------------------------------------------------------------
    blocked          the number is blocked
    hidden           the number is hidden and has a policy of its own
    hours            the company number is closed now
    employee         the number is an employee's mobile: never routed as a client
    rule             a rule of the configuration holds and names somebody who can take the call
    owner            a known client's owner, or the deputy, can take it
    last talker      who talked with the client within `last_talker_days`, or the deputy, can
    group            always: the company number's own group

What each way found stands in the Path, so that `asterisk-bridge route` can say why not the others.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.routes import Decision, RouteStatus
from bridge.routing.case import Case, Considered, Path
from bridge.routing.treatment import (
    language,
    name,
    penalty,
    priority,
    rules_that_hold,
    said_first,
    won,
)
from bridge.routing.ways import WAYS, Looking

GROUP: Final = "group"


def decide(case: Case) -> Path:
    """Where this call goes, how the client is treated there, and why."""
    looking = _looking(case)
    way, decision = _first(looking)
    taken = Considered(decision.label or GROUP, _said(decision), taken=True)
    return Path(decision=decision, considered=(*looking.considered, taken, *_LATER[way]))


def decided(case: Case) -> Decision:
    """As `decide`, for a call, which does not ask why."""
    looking = _looking(case)
    for way, look in WAYS.items():
        if decision := look(looking, way):
            return decision
    return looking.decided(_without_a_way(case), label=GROUP)


def hangs_on_last_talk(decision: Decision, case: Case) -> bool:
    """Whether a last talk, which this case does not say, could make it another decision: whoever
    gathers the facts need not look it up for the others."""
    return decision.label == GROUP and case.settings.last_talker_days > 0


def _looking(case: Case) -> Looking:
    rules, chosen = rules_that_hold(case), won(case)
    spoken = language(case, rules)
    return Looking(
        case,
        rules,
        chosen,
        name=name(chosen),
        language=spoken,
        priority=priority(case, rules),
        penalty=penalty(case, rules),
        say=said_first(rules, spoken),
        group=case.settings.languages.groups.get(spoken or ""),
    )


def _first(looking: Looking) -> tuple[str, Decision]:
    """The way that answers, and its answer."""
    considered = looking.considered
    for way, look in WAYS.items():
        said = len(considered)
        if decision := look(looking, way):
            return way, decision
        if len(considered) == said:
            considered.append(_WHY_NOT[way])
    return GROUP, looking.decided(_without_a_way(looking.case), label=GROUP)


def _without_a_way(case: Case) -> RouteStatus:
    """Nobody in particular, and whether that is so because no CRM told."""
    if case.matches is not None:
        return RouteStatus.UNKNOWN
    return RouteStatus.TIMEOUT if case.late else RouteStatus.OFF


def _said(decision: Decision) -> str:
    if decision.status is RouteStatus.OK:
        return f"rings {decision.dial} for {decision.timeout} s"
    return _OF_LABEL.get(decision.label or "", _WORDS[decision.status])


_WHY_NOT: Final = {
    way: Considered(way, why)
    for way, why in {
        "blocked": "the number is not blocked",
        "hidden": "the number is not hidden",
        "hours": "the company number is open",
        "employee": "the number is no employee's",
        "rule": "no rule holds that names somebody",
        "owner": "nobody owns this client",
    }.items()
}
_EVERY: Final = (*WAYS, GROUP)
_LATER: Final = {
    way: tuple(Considered(later, f"not looked at: {way} comes before it") for later in _EVERY[n:])
    for n, way in enumerate(_EVERY, 1)
}
_OF_LABEL: Final = {
    "blocked": "this number is refused at any hour",
    "hidden, reject": "hidden numbers are refused at any hour",
    "hidden, voicemail": "hidden numbers are for voicemail at any hour",
    "hidden, number": "another number takes hidden ones at any hour",
}
_WORDS: Final = {
    RouteStatus.CLOSED: "nobody takes this call now",
    RouteStatus.UNKNOWN: "the company number's own group",
    RouteStatus.TIMEOUT: "the company number's own group",
    RouteStatus.OFF: "the company number's own group",
}
