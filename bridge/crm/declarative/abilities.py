"""What a description is enough for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.crm.declarative.description import Description, Entity
from bridge.domain.ports import Capability


def _entity(found: Entity | None) -> bool:
    return bool(found and found.search and found.create and found.update)


def _lookup(it: Description) -> bool:
    by_phone = (it.contact, it.company, it.lead)
    return bool(it.lookup or any(each and "phone" in each.search for each in by_phone))


def _find(it: Description) -> bool:
    """Everything that is made can be asked for."""
    if it.find:
        return True
    made = [each for each in (it.contact, it.company, it.lead, it.deal) if each and each.create]
    written = [each.find for each in made]
    if it.calls.log:
        written.append(it.calls.find)
    if it.calls.recording:
        written.append(it.calls.find_recording)
    if it.tasks:
        written.append(it.tasks.find)
    return bool(written) and all(written)


_NEEDS: Final[dict[Capability, Callable[[Description], bool]]] = {
    Capability.CONTACTS: lambda it: _entity(it.contact),
    Capability.COMPANIES: lambda it: _entity(it.company),
    Capability.LEADS: lambda it: _entity(it.lead),
    Capability.DEALS: lambda it: _entity(it.deal),
    Capability.CALLS: lambda it: bool(it.calls.log),
    Capability.RECORDINGS: lambda it: bool(it.calls.recording),
    Capability.TASKS: lambda it: bool(it.tasks),
    Capability.NOTIFY: lambda it: bool(it.notify),
    Capability.LIVE: lambda it: bool(it.live),
    Capability.LOOKUP: _lookup,
    Capability.INDEX: lambda it: bool(it.index),
    Capability.FIND: _find,
}


def abilities(description: Description) -> frozenset[Capability]:
    return frozenset(can for can, has in _NEEDS.items() if has(description))
