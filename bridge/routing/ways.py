"""Each way that a call may take: it answers with a decision, or says why it is not the call's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bridge.domain.entities import EntityRef, Match
from bridge.domain.routes import Decision, RouteStatus
from bridge.routing.case import Case, Considered
from bridge.routing.person import able_deputy, first_able, obstacle
from bridge.routing.presence import Presence
from bridge.routing.settings import HiddenTo, OwnerOf, Penalty, RoutingSettings, Rule, Shared
from bridge.rules.entity import Winner


@dataclass(slots=True)
class Looking:
    """A decision on its way: how the client is treated whatever it comes to, and what was looked at
    so far."""

    case: Case
    rules: tuple[Rule, ...]
    chosen: Winner | None  # of the client's entities, if the CRM knows him
    name: str | None
    language: str | None
    priority: int | None
    penalty: Penalty | None
    say: tuple[str, ...]
    group: str | None
    considered: list[Considered] = field(default_factory=list)

    def passed(self, way: str, why: str) -> None:
        """This way was not taken, and why."""
        self.considered.append(Considered(way, why))

    def decided(
        self,
        status: RouteStatus,
        *,
        label: str,
        owner: str | None = None,
        dial: str | None = None,
        deputy: str | None = None,
        timeout: int | None = None,
        deputy_timeout: int | None = None,
    ) -> Decision:
        """The decision: `dial` and its `timeout` (seconds) by the way that was taken, the rest by
        the client."""
        return Decision(
            status=status,
            owner=owner,
            dial=dial,
            deputy=deputy,
            timeout=timeout,
            deputy_timeout=deputy_timeout,
            name=self.name,
            language=self.language,
            priority=self.priority,
            min_penalty=self.penalty.min if self.penalty else None,
            max_penalty=self.penalty.max if self.penalty else None,
            label=label,
            say=self.say,
            group=self.group,
        )


def _blocked(looking: Looking, way: str) -> Decision | None:
    if looking.case.number in looking.case.settings.clients.blocked:
        return looking.decided(RouteStatus.CLOSED, label=way)
    return None


def _hidden(looking: Looking, way: str) -> Decision | None:
    case = looking.case
    if not case.hidden:
        return None
    policy = case.settings.line(case.did).hidden or case.settings.hidden
    if policy.to is HiddenTo.GROUP:
        looking.passed(way, "hidden numbers have no way of their own (`routing.hidden`)")
        return None
    return looking.decided(RouteStatus.CLOSED, dial=policy.number, label=f"{way}, {policy.to}")


def _hours(looking: Looking, way: str) -> Decision | None:
    case, settings = looking.case, looking.case.settings
    line = settings.line(case.did)
    if settings.schedule(line.hours).open_at(case.at):
        return None
    after = line.after_hours or settings.after_hours
    label = f"closed, {after.to}"
    return looking.decided(RouteStatus.CLOSED, dial=after.number, label=label)


def _employee(looking: Looking, way: str) -> Decision | None:
    if looking.case.number in looking.case.employees:
        return looking.decided(RouteStatus.UNKNOWN, label=way)
    return None


def _rule(looking: Looking, way: str) -> Decision | None:
    for rule in looking.rules:
        label = f"{way} {rule.name}"
        if rule.then.group:
            return looking.decided(RouteStatus.UNKNOWN, label=label)
        if rule.then.extension:
            decision = _to(looking, label, rule.then.extension)
        elif rule.then.skill:
            decision = _skilled(looking, label, rule.then.skill)
        else:
            continue
        if decision is not None:
            return decision
    return None


def _skilled(looking: Looking, label: str, skill: str) -> Decision | None:
    """Everybody with the skill who can take the call; who speaks the client's language, if any."""
    case = looking.case
    able = [
        extension
        for extension, person in case.settings.people.items()
        if skill in person.skills and obstacle(case, extension) is None
    ]
    fluent = [one for one in able if looking.language in case.settings.person(one).languages]
    if not able:
        looking.passed(label, f"nobody with the skill {skill} can take calls now")
        return None
    return _ringing(looking, label, fluent or able)


def _owner(looking: Looking, way: str) -> Decision | None:
    case = looking.case
    why_not = _no_owner(looking)
    if why_not or looking.chosen is None:
        looking.passed(way, why_not or "no CRM knows this number")
        return None
    for label, user in _owners(case, looking.chosen):
        extension = _telephone_of(case, user)
        if extension is None:
            looking.passed(label, f"user {user} of the CRM has no extension that we know")
        elif decision := _to(looking, label, extension):
            return decision
    return None


def _telephone_of(case: Case, user: str) -> str | None:
    """Where the first of several is unreachable, the next that can ring. Who talks, is away or does
    not want to be disturbed is so at all of them."""
    extensions = case.extensions_of(user)
    if len(extensions) > 1 and obstacle(case, extensions[0]) == Presence.UNREACHABLE:
        for another in extensions[1:]:
            if obstacle(case, another) is None:
                return another
    return extensions[0] if extensions else None


def _no_owner(looking: Looking) -> str | None:
    """Why this call has no owner to look for, though the CRM may know the number."""
    case = looking.case
    if case.number is None:
        return _without_number(case)
    if not case.settings.line(case.did).owner_first:
        return "this company number does not ask for owners"
    if case.number in case.settings.clients.not_routed:
        return "this number never goes to an owner"
    if case.matches is None:
        return "no CRM could tell in time"
    if _is_shared(looking) and case.settings.clients.shared is not Shared.FIRST:
        return "several clients with different owners have this number"
    return None


def _is_shared(looking: Looking) -> bool:
    if looking.chosen is None or not looking.chosen.ambiguous:
        return False
    return len({match.owner for match in looking.case.matches or () if match.owner}) > 1


def _without_number(case: Case) -> str:
    return "the number is hidden" if case.hidden else "this is no number of a client"


def _owners(case: Case, chosen: Winner) -> list[tuple[str, str]]:
    """The owner of the open deal where it counts, then of the entity; who is named, once each."""
    owner, of_deal = chosen.match.owner, None
    if chosen.deals and case.settings.owner_of is OwnerOf.DEAL:
        of_deal = _deal_owner(case.matches or (), chosen.deals)
    named = [("deal's owner", of_deal), ("owner", None if owner == of_deal else owner)]
    return [(label, user) for label, user in named if user]


def _deal_owner(matches: tuple[Match, ...], deals: tuple[EntityRef, ...]) -> str | None:
    chosen = {deal.id for deal in deals}
    owners = (deal.owner for match in matches for deal in match.open_deals if deal.id in chosen)
    return next(filter(None, owners), None)


def _last_talker(looking: Looking, way: str) -> Decision | None:
    case, last = looking.case, looking.case.last_talk
    days = case.settings.last_talker_days
    shared = case.settings.clients.shared
    if case.number is None:
        looking.passed(way, _without_number(case))
    elif last is None:
        looking.passed(way, "nobody talked with this number yet")
    elif case.at - last.at > timedelta(days=days):
        looking.passed(way, f"the last talk is more than {days} days ago")
    elif not case.settings.line(case.did).owner_first:
        looking.passed(way, "this company number does not ask who talked last")
    elif case.number in case.settings.clients.not_routed:
        looking.passed(way, "this number never goes to a person")
    elif _is_shared(looking) and shared is Shared.GROUP:
        looking.passed(way, "several clients have this number")
    else:
        return _to(looking, way, last.extension)
    return None


def _to(looking: Looking, way: str, extension: str) -> Decision | None:
    able = first_able(looking.case, way, extension, looking.considered)
    return _ringing(looking, able[1], [able[0]]) if able else None


def _ringing(looking: Looking, label: str, extensions: list[str]) -> Decision:
    settings = looking.case.settings
    owner = extensions[0] if len(extensions) == 1 else None
    next_one = able_deputy(looking.case, owner) if owner else None
    as_deputy = (settings.deputy_seconds or settings.rings_for(next_one)) if next_one else None
    return looking.decided(
        RouteStatus.OK,
        owner=owner,
        dial=_dial(settings, extensions),
        deputy=_dial(settings, [next_one]) if next_one else None,
        timeout=max([settings.rings_for(one) for one in extensions]),
        deputy_timeout=as_deputy,
        label=label,
    )


def _dial(settings: RoutingSettings, extensions: list[str]) -> str:
    return "&".join([settings.dial.replace("{extension}", one) for one in extensions])


Way = Callable[[Looking, str], Decision | None]

WAYS: Final[dict[str, Way]] = {
    "blocked": _blocked,
    "hidden": _hidden,
    "hours": _hours,
    "employee": _employee,
    "rule": _rule,
    "owner": _owner,
    "last talker": _last_talker,
}
