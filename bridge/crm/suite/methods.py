"""The methods of the port that a capability stands for, checked or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from bridge.domain.ports import Capability

_METHODS: Final[Mapping[Capability, tuple[str, ...]]] = {
    Capability.CONTACTS: ("find_contacts", "create_contact", "update_contact"),
    Capability.COMPANIES: ("find_companies", "create_company", "update_company"),
    Capability.DEALS: ("find_deals", "create_deal", "update_deal", "deal_users", "dictionaries"),
    Capability.LEADS: ("find_leads", "create_lead", "update_lead"),
    Capability.CALLS: ("log_call",),
    Capability.RECORDINGS: ("attach_recording",),
    Capability.RATINGS: ("rate_call",),
    Capability.LOOKUP: ("lookup",),
    Capability.INDEX: ("phones", "changes"),
    Capability.TASKS: ("users", "create_task"),
    Capability.NOTIFY: ("notify",),
    Capability.LIVE: ("announce", "show"),
    Capability.FIND: ("find",),
}


def unjudged(
    able: Iterable[Capability], judged: Collection[str], only: Collection[str] = ()
) -> list[str]:
    """The methods of these capabilities that are not `judged`, of `only` these where any are
    named."""
    has = {method for each in able for method in _METHODS.get(each, ())}
    ordered = (method for methods in _METHODS.values() for method in methods)
    return [
        method
        for method in ordered
        if method in has and method not in judged and (not only or method in only)
    ]
