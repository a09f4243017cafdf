"""The one judge of every row: what the portal holds, against what was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from tests.delivery.calls import LEADS, STORY, Begun, call_id, sound
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import KIND_OF, Call

_TITLES = {"lead": "PHONE", "contact": "NAME", "deal": "TITLE"}
_CLICKED = (Begun.CLICKED, Begun.TYPED)


def complaints(portal: Portal, without: Collection[str] = ()) -> list[str]:
    """Whatever is lost, doubled, on the wrong entity or out of order. `without`: `call 2`,
    `recording 0`, that are not to be there."""
    told = [
        complaint for number in range(len(STORY)) for complaint in _about(portal, number, without)
    ]
    return [*told, *_order(portal), *_leads(portal), *_files(portal, without)]


def _about(portal: Portal, number: int, without: Collection[str]) -> Iterator[str]:
    registered = [one for one in portal.calls if _number(one) == number]
    found = [one for one in registered if one.finish is not None]
    wanted = 0 if f"call {number}" in without else 1
    if len(found) != wanted:
        yield f"call {number} is there {len(found)} times"
    yield from (f"call {number} {words}" for words in _unfinished(registered, bool(found)))
    for call in found:
        if (shown := shown_on(portal, call)) != STORY[number].shown_on:
            yield f"call {number} is shown on {sorted(shown)}"
        if call.record and portal.state.files[call.record][1] != sound(number):
            yield f"call {number} has the recording of another"


def _unfinished(registered: list[Call], is_over: bool) -> Iterator[str]:
    """A call that began on nobody may have given way to another registration of it, out of sight;
    nothing else stays unfinished."""
    for call in registered:
        if call.finish is None and (call.entity is not None or not is_over):
            yield "was never finished"
        elif call.finish is None and call.cards:
            yield f"has its card open at {sorted(call.cards)}"


def _number(call: Call) -> int | None:
    """Which call of the story it is; one that was clicked has no id of ours."""
    named = (call.external_id or "").partition("/")[0]
    for number, told in enumerate(STORY):
        clicked = call.clicked and told.begun in _CLICKED and told.client == call.phone
        if clicked or named == call_id(number):
            return number
    return None


def shown_on(portal: Portal, call: Call) -> set[str]:
    """The entities in whose timeline a person finds the call."""
    if call.finish is None or call.finish.activity is None:
        return set()
    bindings = portal.state.activities[call.finish.activity]["bindings"]
    return {_named(portal, KIND_OF[kind], id) for kind, id in bindings}


def _named(portal: Portal, kind: str, id: int) -> str:
    title = portal.state.entities[kind][id][_TITLES[kind]]
    return f"{kind} {title[0]['VALUE'] if isinstance(title, list) else title}"


def _order(portal: Portal) -> Iterator[str]:
    """The calls of a client are finished in the order in which they were."""
    over = sorted(filter(_place, portal.calls), key=_place)
    for client in {told.client for told in STORY}:
        at = [_number(one) for one in over if one.phone == client]
        if at != sorted(at, key=lambda number: number or 0):
            yield f"the calls of {client} came in the order {at}"


def _place(call: Call) -> int:
    return call.finish.place if call.finish else 0


def _leads(portal: Portal) -> Iterator[str]:
    made = Counter(str(lead["PHONE"][0]["VALUE"]) for lead in portal.leads.values())
    if unlike := {phone: n for phone, n in made.items() if n != 1 or phone not in LEADS}:
        yield f"leads: {unlike}"


def _files(portal: Portal, without: Collection[str]) -> Iterator[str]:
    """What `_about` has not seen: files that no call has, and further recordings."""
    there = {
        number: told
        for number, told in enumerate(STORY)
        if not {f"call {number}", f"recording {number}"} & set(without)
    }
    wanted = sum(told.answered for told in there.values())
    kept = {one.record for one in portal.calls if one.record}
    further = [(row["ENTITY_TYPE"], row["FILES"]) for row in portal.state.comments.values()]
    beside = [(kind, portal.state.files[int(id)][1]) for kind, ids in further for id in ids]
    expected = [("contact", sound(number, 1)) for number, told in there.items() if told.further]
    if beside != expected:
        yield f"further recordings: {beside}"
    if (len(kept), len(portal.state.files)) != (wanted, wanted + len(expected)):
        yield f"{len(kept)} calls have recordings, {len(portal.state.files)} files came"
