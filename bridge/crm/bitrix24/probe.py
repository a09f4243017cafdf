"""What this portal lets us do, asked once: each thing that is missing with what stops working."""

from __future__ import annotations

from typing import Any, Final

from bridge.crm.bitrix24.answers import WRONG_AUTH
from bridge.crm.bitrix24.client import Batch, Client, Command
from bridge.crm.bitrix24.people import People
from bridge.crm.bitrix24.settings import LeadSettings
from bridge.crm.php import as_list, as_map
from bridge.crm.trouble import Trouble
from bridge.domain.entities import User
from bridge.domain.ports import Capability, Probe

_CRM: Final = frozenset(
    {
        Capability.CONTACTS,
        Capability.COMPANIES,
        Capability.LEADS,
        Capability.DEALS,
        Capability.LOOKUP,
        Capability.INDEX,
    }
)
_CALLS: Final = frozenset(
    {Capability.CALLS, Capability.RECORDINGS, Capability.LIVE, Capability.CLICK}
)
# Scope (any of these names) → what needs it, and what stops without it.
_SCOPES: Final[dict[tuple[str, ...], tuple[frozenset[Capability], str]]] = {
    ("crm",): (_CRM | {Capability.FIND}, "no client is found and no lead is made"),
    ("telephony",): (_CALLS, "no call, recording or screen pop reaches the portal"),
    ("user", "user_basic", "user_brief"): (frozenset(), "extensions are not known from profiles"),
    ("im",): (frozenset({Capability.NOTIFY}), "nobody is notified"),
    ("task", "tasks"): (frozenset({Capability.TASKS}), "no tasks are made"),
}
_SIMPLE: Final = 2
_COMMANDS: Final[dict[str, Command]] = {
    "scope": ("scope", {}),
    "profile": ("profile", {}),
    "pipelines": ("crm.category.list", {"entityTypeId": 2}),
    "mode": ("crm.settings.mode.get", {}),
    "lines": ("telephony.externalLine.get", {}),
    "sources": ("crm.status.list", {"filter": {"ENTITY_ID": "SOURCE"}}),
    "fields": ("crm.lead.fields", {}),
}


async def probe(client: Client, people: People) -> Probe:
    """Raises Trouble when the portal is not there at all."""
    answer = await client.batch(_COMMANDS)
    scopes = {str(each) for each in as_list(answer["scope"])}
    able, missing = _by_scopes(scopes)
    if _auth_kind(answer):
        able -= _CALLS
        missing["a local application"] = (
            "this portal lets no webhook register calls: no call, recording or screen pop reaches"
            " it; docs/bitrix24.md says how to make a local application"
        )
    elif client.webhook:
        missing["the event queue"] = (
            "a webhook has none: clicks come only by an outgoing webhook to our public address"
        )
    missing |= _by_answers(answer)
    missing |= _by_sources(answer, client.settings.lead)
    missing |= _by_fields(answer, client.settings.lead)
    missing |= await _by_users(people, client.settings.default_user)
    missing |= _by_rate(client)
    return Probe(capabilities=frozenset(able), missing=missing)


def _by_scopes(scopes: set[str]) -> tuple[set[Capability], dict[str, str]]:
    able, missing = set(Capability), {}
    for names, (needed, stops) in _SCOPES.items():
        if not scopes & set(names):
            able -= needed
            missing[f"scope {names[0]}"] = stops
    return able, missing


def _auth_kind(answer: Batch) -> bool:
    """Whether this kind of authorisation is refused for calls."""
    error = answer.errors.get("lines")
    return error is not None and error.code == WRONG_AUTH


def _by_answers(answer: Batch) -> dict[str, str]:
    missing = {}
    if not _result(answer, "profile", "ADMIN"):
        missing["administrator rights"] = (
            "clients that this user may not see are strangers, and clicks cannot be polled"
        )
    if not as_list(_result(answer, "pipelines", "categories")):
        missing["pipelines"] = "deals cannot be made: the user who authorised sees no pipeline"
    if answer.results.get("mode") == _SIMPLE:
        missing["leads"] = "the portal turns each new lead into a contact with a deal at once"
    return missing


def _by_sources(answer: Batch, lead: LeadSettings) -> dict[str, str]:
    """Sources of leads that the portal does not have; where it shows none, nothing can be told."""
    known = {str(row.get("STATUS_ID")) for row in as_list(answer.results.get("sources"))}
    said = {"lead.source": lead.source}
    said |= {f"lead.sources of number *{did[-4:]}": source for did, source in lead.sources.items()}
    strange = {where: source for where, source in said.items() if known and source not in known}
    return {
        f"source {source} of {where}": "not there: leads with it are refused"
        for where, source in strange.items()
    }


def _by_fields(answer: Batch, lead: LeadSettings) -> dict[str, str]:
    known = as_map(answer.results.get("fields"))
    said = {"lead.did_field": lead.did_field, "lead.pipeline_field": lead.pipeline_field}
    return {
        f"field {field} of {where}": "not there: no lead can be made"
        for where, field in said.items()
        if known and field and field not in known
    }


def _result(answer: Batch, key: str, name: str) -> Any:
    return as_map(answer.results.get(key)).get(name)


async def _by_users(people: People, default: str | None) -> dict[str, str]:
    try:
        users = await people.users()
    except Trouble as error:
        return {"users": f"extensions are not known from the portal: {error.detail}"}
    return {**_without_default(users, default), **_without_numbers(users)}


def _without_default(users: list[User], default: str | None) -> dict[str, str]:
    if default is None or any(user.id == default and user.active for user in users):
        return {}
    return {
        f"default_user {default}": "no active user of the portal: calls and tasks of nobody are"
        " refused"
    }


def _without_numbers(users: list[User]) -> dict[str, str]:
    mute = [user.name or user.id for user in users if not user.extensions]
    if not mute:
        return {}
    named = ", ".join(mute[:10]) + (" and others" if len(mute) > 10 else "")
    return {
        f"inner phones of {named}": "their calls are under the default user, and they see no card"
    }


def _by_rate(client: Client) -> dict[str, str]:
    rate = client.settings.rate
    if rate >= 2:
        return {}
    return {f"rate {rate:g}/s": "a backlog drains slower than Bitrix24 allows (2 a second)"}
