"""What this account lets us do, asked once: each thing that is missing with what stops working."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.crm.amocrm.dictionaries import Dictionary
from bridge.crm.amocrm.people import People
from bridge.crm.amocrm.settings import AmoCrmSettings
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, User
from bridge.domain.ports import EVERYTHING, Capability, Probe

CAPABILITIES: Final = EVERYTHING - {Capability.RATINGS}
_NAMED: Final = 10
_TEXTS: Final = ("key", "users")
_HOLDS_TEXT: Final = ("text", "textarea", "url")
_KEYS: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD)


async def probe(settings: AmoCrmSettings, lists: Dictionary, people: People) -> Probe:
    """Raises Trouble when the account is not there at all."""
    able, missing = set(CAPABILITIES), {}
    account = await lists.account()
    if not account["is_api_filter_enabled"]:
        able.discard(Capability.INDEX)
        missing["filters of lists"] = (
            "numbers are not kept in an index, and only the newest deals of a client are seen"
        )
    if settings.lead.way == "unsorted" and not account["is_unsorted_on"]:
        missing["unsorted"] = "no request of a stranger is made: write lead.way: lead"
    if settings.click.token is None:
        able.discard(Capability.CLICK)
    if without := [kind.value for kind in _KEYS if "key" not in settings.fields.of(kind)]:
        able.discard(Capability.FIND)
        named = ", ".join(f"fields.{kind}.key" for kind in without)
        missing[named] = "a write whose answer was lost waits for a person"
    missing |= await _strange_fields(settings, lists)
    missing |= await _without_extensions(people)
    return Probe(capabilities=frozenset(able), missing=missing)


async def _strange_fields(settings: AmoCrmSettings, lists: Dictionary) -> dict[str, str]:
    """Fields of the settings that the account does not have, or that cannot hold what we write."""
    strange = {}
    for kind in _KEYS:
        for word, id in settings.fields.of(kind).items():
            field = (await lists.fields(kind)).get(str(id))
            named = f"fields.{kind.value}.{word} ({id})"
            if field is None:
                strange[named] = "the account has no such field: writes that name it are refused"
            elif word in _TEXTS and field["type"] not in _HOLDS_TEXT:
                strange[named] = f"a field of type {field['type']} holds no text: make one of text"
    return strange


async def _without_extensions(people: People) -> dict[str, str]:
    try:
        users = await people.users()
    except Trouble as error:
        if error.verdict is Verdict.NEEDS_LOGIN:
            raise
        return {"users": f"nobody is known by an extension: {error.detail}"}
    return _mute(user for user in users if user.active and not user.extensions)


def _mute(users: Iterable[User]) -> dict[str, str]:
    mute = [user.name or user.id for user in users]
    if not mute:
        return {}
    named = ", ".join(mute[:_NAMED]) + (" and others" if len(mute) > _NAMED else "")
    return {f"extensions of {named}": "their calls are the fallback user's, and they see no card"}
