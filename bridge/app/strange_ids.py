"""What the configuration names and the CRM does not have: each with what stops working."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from bridge.domain.entities import Dictionaries
from bridge.rules.policy import Policy


def strange_users(said: Mapping[str, str], policy: Policy, ids: Collection[str]) -> dict[str, str]:
    """Users of `users:`, `fallback_user` and the owners of `dids` that are none of the CRM's active
    ones; where it names nobody, nothing can be told."""
    if not ids:
        return {}
    found = {
        f"user {user} of extension {extension}": "no active user of the CRM: their calls are"
        " refused or are the default user's"
        for extension, user in said.items()
        if user not in ids
    }
    if policy.fallback_user and policy.fallback_user not in ids:
        found[f"fallback_user {policy.fallback_user}"] = (
            "no active user of the CRM: calls of agents without a user are refused"
        )
    for number, did in policy.dids.items():
        if did.owner and did.owner not in ids:
            found[f"owner {did.owner} of {_number(number)}"] = (
                "no active user of the CRM: calls to it that nobody answers are refused or are the"
                " default user's"
            )
    return found


def strange_places(policy: Policy, lists: Dictionaries) -> dict[str, str]:
    """Pipelines and stages of `dids` and `topics` that the CRM does not have; where it shows no
    pipeline, nothing can be told."""
    if not lists.pipelines:
        return {}
    found = {}
    for where, pipeline, stage in _places(policy):
        if pipeline and pipeline not in lists.pipelines:
            known = ", ".join(lists.pipelines)
            found[f"pipeline {pipeline} of {where}"] = (
                f"not there, so that leads and deals for it are refused; the CRM has: {known}"
            )
        elif stage and stage not in _stages(lists, pipeline):
            found[f"stage {stage} of {where}"] = "not there: leads and deals for it are refused"
    return found


def _places(policy: Policy) -> Iterator[tuple[str, str | None, str | None]]:
    for number, did in policy.dids.items():
        yield _number(number), did.pipeline, did.stage
    for name, topic in policy.topics.items():
        yield f"topic {name}", topic.pipeline, topic.stage


def _number(did: str) -> str:
    return f"number *{did[-4:]}"


def _stages(lists: Dictionaries, pipeline: str | None) -> set[str]:
    """Those of the pipeline, or of any; a lead's stages are in no pipeline."""
    named = lists.stages.get(pipeline, {}) if pipeline else {}
    of = [named] if pipeline else list(lists.stages.values())
    return {stage for each in (*of, lists.lists.get("lead_stages", {})) for stage in each}
