"""What this Odoo lets us do, asked once: each thing that is missing with what stops working."""

from __future__ import annotations

from typing import Final

from bridge.crm.odoo.client import Client
from bridge.crm.odoo.dictionaries import LEAD, PARTNER, Dictionary
from bridge.crm.odoo.people import People
from bridge.crm.odoo.shapes import truth
from bridge.crm.odoo.versions import LAST_WITH_JSONRPC, OLDEST
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, Probe

# Model and right → what needs it, and what stops without it.
_RIGHTS: Final[dict[tuple[str, str], tuple[frozenset[Capability], str]]] = {
    (LEAD, "read"): (
        frozenset({Capability.LOOKUP, Capability.INDEX}),
        "nobody is known by number; install the app CRM, and give Sales: Administrator",
    ),
    (PARTNER, "create"): (
        frozenset({Capability.CONTACTS, Capability.COMPANIES}),
        "contacts and companies are not made; give Extra Rights: Contact Creation",
    ),
    (LEAD, "create"): (
        frozenset({Capability.LEADS, Capability.DEALS}),
        "no lead and no deal is made; give Sales: Administrator",
    ),
    ("mail.message", "create"): (
        frozenset({Capability.CALLS, Capability.RECORDINGS}),
        "no call is shown; make the user an internal user",
    ),
    ("mail.activity", "create"): (
        frozenset({Capability.TASKS}),
        "no task is made; make the user an internal user",
    ),
}


_ASKS_USERS: Final = 18
_LEADS_SHOWN: Final = "crm.group_use_lead"


async def probe(
    client: Client, lists: Dictionary, people: People, best: frozenset[Capability]
) -> Probe:
    """Raises Trouble when Odoo is not there at all."""
    await client.me()
    able, missing = set(best), await _by_version(client)
    for (model, right), (needed, stops) in _RIGHTS.items():
        if not await _may(client, model, right):
            able -= needed
            missing[f"{model} {right}"] = stops
    missing |= await _by_menu(client)
    missing |= await _by_fields(client, lists)
    missing |= await _by_users(people)
    if client.settings.click.activity is None:
        able.discard(Capability.CLICK)
    return Probe(capabilities=frozenset(able), missing=missing)


async def _may(client: Client, model: str, right: str) -> bool:
    try:
        may = await client.call(model, "check_access_rights", right, False, shape=truth)
        return bool(may)
    except Trouble as error:
        if error.verdict is not Verdict.REFUSED:
            raise
        # Newer versions have another name for it; a model that is not there has neither.
    try:
        return bool(await client.call(model, "has_access", [], right, shape=truth))
    except Trouble as error:
        if error.verdict is not Verdict.REFUSED:
            raise
        return False


async def _by_version(client: Client) -> dict[str, str]:
    major = await client.major()
    if OLDEST <= major <= LAST_WITH_JSONRPC:
        return {}
    return {f"Odoo {major}": "written for 14 to 21: look at each kind of entry before you trust it"}


async def _by_menu(client: Client) -> dict[str, str]:
    """Newer versions ask the user itself for its groups."""
    who = [[await client.me()]] if await client.major() >= _ASKS_USERS else []
    try:
        seen = await client.call("res.users", "has_group", *who, _LEADS_SHOWN, shape=truth)
    except Trouble as error:
        if error.verdict is not Verdict.REFUSED:
            raise
        return {}
    if seen:
        return {}
    return {"leads": "nobody sees the leads of strangers; switch Leads on in the settings of CRM"}


async def _by_fields(client: Client, lists: Dictionary) -> dict[str, str]:
    settings = client.settings
    wanted = {
        (LEAD, settings.lead.did_field): "lead.did_field: a lead does not keep the dialled number",
        (PARTNER, "phone_sanitized"): (
            "the module phone_validation: numbers are found by their digits alone"
        ),
        ("res.users", settings.extension_field): (
            "extension_field: extensions are known from `users:` of the configuration alone"
        ),
        **{
            (PARTNER, name): f"requisites.{word}: companies do not keep it"
            for word, name in settings.requisites.items()
        },
    }
    known = {model: await _fields(lists, model) for model, _ in wanted}
    return {
        f"{model} {name}": stops
        for (model, name), stops in wanted.items()
        if known[model] and name not in known[model]
    }


async def _fields(lists: Dictionary, model: str) -> set[str]:
    """None of a model that is not there, which is told by its right."""
    try:
        return set(await lists.fields(model))
    except Trouble as error:
        if error.verdict is not Verdict.REFUSED:
            raise
        return set()


async def _by_users(people: People) -> dict[str, str]:
    mute = [user.name or user.id for user in await people.users() if not user.extensions]
    if not mute:
        return {}
    named = ", ".join(mute[:10]) + (" and others" if len(mute) > 10 else "")
    return {f"extensions of {named}": "their calls are under the default user"}
