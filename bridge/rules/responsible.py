"""Whose call it is in the CRM: the agent who talked with the client last, as the CRM's user."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.numbers import masked
from bridge.rules.case import Case, Note


@dataclass(frozen=True, slots=True)
class Assigned:
    """`user` is the CRM's id, None where nobody can be named."""

    user: str | None
    why: str
    notes: tuple[str, ...] = ()


def assigned(case: Case, owner: str | None = None) -> Assigned:
    """The responsible's user; when nobody talked, `owner` of the entity, else the DID's default."""
    agent = case.record.responsible
    if agent is None:
        return _by_default(case, owner)
    if user := case.users.get(agent):
        return Assigned(user, f"{agent} talked with the client last")
    shown = masked(agent) if agent.startswith("+") else agent
    return _by_fallback(case, f"{shown} is no user of the CRM", Note.UNMAPPED_AGENT)


def _by_default(case: Case, owner: str | None) -> Assigned:
    nobody = "it is not proven who talked" if case.record.answered_by else "nobody talked"
    if owner:
        return Assigned(owner, f"{nobody}, so it goes to the owner of the client")
    if case.did.owner:
        return Assigned(
            case.did.owner, f"{nobody}, so it goes to the default of the number dialled"
        )
    return _by_fallback(case, nobody)


def _by_fallback(case: Case, why: str, *notes: str) -> Assigned:
    user = case.policy.fallback_user
    takes = "the fallback user takes it" if user else "nobody has it: set rules.fallback_user"
    return Assigned(user, f"{why}, so {takes}", notes)
