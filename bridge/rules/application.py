"""Applications: what a request of a client makes or changes in the CRM.

    filled in     found in the CRM by                     then
    ------------  --------------------------------------  ------------------------------------
    person        phone, else e-mail                      changed where it differs, else made
    company       INN, else requisite, phone, name        changed where it differs, else made
    deal          its id, else the newest open deal of    changed, else made in the topic's
                  the contact, else of the company, in    pipeline and stage; an id that the CRM
                  the topic's pipeline                    does not have makes one, too

A part that nobody filled in asks for nothing. Values that the application leaves empty never wipe
what the CRM has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bridge.domain.application import Application
from bridge.domain.commands import MadeEntity, Planned, ResultOf, Target, Upsert, Upserted
from bridge.domain.entities import Company, Contact, Deal, EntityKind, EntityRef
from bridge.rules.case import command_key
from bridge.rules.policy import Policy, Topic

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the CRM has of the people and things of one application, the best match first."""

    contacts: tuple[Contact, ...] = ()
    companies: tuple[Company, ...] = ()
    deals: tuple[Deal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One application at one destination."""

    application: Application
    destination: str
    found: Found = field(default_factory=Found)
    policy: Policy = field(default_factory=Policy)

    @property
    def topic(self) -> Topic:
        """What is set for the topic that it names."""
        return self.policy.topic(self.application.topic)

    def key(self, kind: EntityKind) -> str:
        """The key of the write that makes or changes this kind of entity."""
        return command_key(self.destination, self.application.about, "upsert", kind)


def plan_application(request: Request) -> tuple[Planned, ...]:
    """The writes in order: the company first, for the contact belongs to it, the deal last."""
    company = _company(request)
    contact = _contact(request, _target(request, company, EntityKind.COMPANY))
    deal = _deal(
        request,
        _target(request, contact, EntityKind.CONTACT),
        _target(request, company, EntityKind.COMPANY),
    )
    return tuple(filter(None, (company, contact, deal)))


def _company(request: Request) -> Planned | None:
    asked = request.application.company
    if not asked:
        return None
    said = _filled(
        name=asked.name,
        phone=asked.phone,
        inn=asked.inn,
        owner=request.application.user,
        **asked.fields,
    )
    if not request.found.companies:
        return _made(request, EntityKind.COMPANY, said)
    known = request.found.companies[0]
    has = {"name": known.name, "inn": known.inn or "", **known.fields}
    return _changed(request, EntityKind.COMPANY, known.id, said, has, known.phones)


def _contact(request: Request, company: Target | None) -> Planned | None:
    asked = request.application.person
    if not asked:
        return None
    said = _filled(
        name=asked.name,
        phone=asked.phone,
        email=asked.email,
        owner=request.application.user,
        **asked.fields,
    )
    if not request.found.contacts:
        return _made(request, EntityKind.CONTACT, said, company=company)
    known = request.found.contacts[0]
    has = {"name": known.name, **known.fields}
    belongs = company if known.company is None else None
    stored = (*known.phones, *known.emails)
    return _changed(request, EntityKind.CONTACT, known.id, said, has, stored, company=belongs)


def _deal(request: Request, contact: Target | None, company: Target | None) -> Planned | None:
    asked, topic = request.application.deal, request.topic
    if not asked:
        return None
    said = _filled(title=asked.title, owner=request.application.user, **asked.fields)
    known = _known_deal(request)
    if known is not None:
        has = {"title": known.title, **known.fields}
        return _changed(request, EntityKind.DEAL, known.id, said, has, ())
    said |= _filled(stage=topic.stage)
    return _made(
        request, EntityKind.DEAL, said, contact=contact, company=company, pipeline=topic.pipeline
    )


def _known_deal(request: Request) -> Deal | None:
    """The deal that is named, open or not; else the newest open one of the topic's pipeline."""
    deals, pipeline = request.found.deals, request.topic.pipeline
    if id := request.application.deal.id:
        return next((deal for deal in deals if deal.id == id), None)
    fitting = [one for one in deals if not one.closed and pipeline in (None, one.pipeline)]
    return max(fitting, key=lambda deal: deal.changed_at or _LONG_AGO, default=None)


def _made(
    request: Request,
    kind: Upserted,
    said: dict[str, str],
    *,
    contact: Target | None = None,
    company: Target | None = None,
    pipeline: str | None = None,
) -> Planned:
    command = Upsert(kind=kind, fields=said, contact=contact, company=company, pipeline=pipeline)
    why = f"The CRM has no such {kind}: made from {_source(request)}."
    return Planned(request.key(kind), command, why)


def _changed(
    request: Request,
    kind: Upserted,
    id: str,
    said: Mapping[str, str],
    has: Mapping[str, str],
    stored: tuple[str, ...],
    *,
    company: Target | None = None,
) -> Planned:
    """Only what differs. Who is responsible already stays so; phones and addresses are added."""
    differs = {
        name: value
        for name, value in said.items()
        if name != "owner" and value not in stored and has.get(name) != value
    }
    before = {name: has[name] for name in differs if has.get(name)}
    command = Upsert(kind=kind, id=id, fields=differs, before=before, company=company)
    what = f"{', '.join(differs)} taken over" if differs else "nothing differs"
    why = f"The CRM has it as {kind} {id}: {what} from {_source(request)}."
    return Planned(request.key(kind), command, why)


def _source(request: Request) -> str:
    return f"application {request.application.id} ({request.application.source})"


def _target(request: Request, planned: Planned | None, kind: EntityKind) -> Target | None:
    """What a later write refers to: the entity that is known, or that the plan makes."""
    if planned is None or not isinstance(planned.command, Upsert):
        return None
    if planned.command.id is not None:
        return EntityRef(kind, planned.command.id)
    return MadeEntity(kind, ResultOf(planned.key))


def _filled(**said: str | None) -> dict[str, str]:
    return {name: value for name, value in said.items() if value}
