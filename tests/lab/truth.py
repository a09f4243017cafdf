"""The truth beside a scenario: what the phones did, written by hand as call-record fields.

Only the fields that a truth names are compared; the words are those of the call record, version 1.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.lab.office import CLIENT, SALES

Record = dict[str, Any]
# A truth says which legs there were, not in which order their phones happened to ring.
UNORDERED = {"legs"}
# For a field that the scenario leaves open: inbound(queue=UNSAID).
UNSAID: Final = object()
# A word with each agent takes 0.3 s, some of which may come at once; and no scenario lasts as long
# as the other number.
WORD_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 30


def inbound(did: str = SALES, client: str = CLIENT, **but: Any) -> Record:
    """An inbound call: answered and never transferred, unless `but` says otherwise."""
    known: Record = {"number": None, "withheld": True} if client == "" else {"number": client}
    return _said({"direction": "inbound", "client": known, "did": did, **_plain(), **but})


def outbound(did: object = SALES, client: str = CLIENT, **but: Any) -> Record:
    """An outbound call: answered and never transferred, unless `but` says otherwise."""
    known = {"number": client}
    return _said({"direction": "outbound", "client": known, "did": did, **_plain(), **but})


def internal(caller: str, **but: Any) -> Record:
    """A call inside the office, which only `--internal` shows."""
    client = {"number": None, "raw": caller}
    return _said({"direction": "internal", "client": client, "did": None, **_plain(), **but})


def _said(record: Record) -> Record:
    return {field: value for field, value in record.items() if value is not UNSAID}


def _plain() -> Record:
    return {
        "disposition": "answered",
        "missed_reason": None,
        "queue": None,
        "transfers": [],
        "transferred_out": None,
        # The whole call is in the capture, so that nothing of it can be in doubt.
        "needs_review": False,
    }


def talked(*hops: tuple[str, str | None]) -> Record:
    """Who talked with the client, in order, and how each came to it: ("101", "dial"), ….

    Answered by all of them, the last one responsible. None where the way is open to dispute.
    """
    agents = [agent for agent, _ in hops]
    return {
        "answered_by": list(dict.fromkeys(agents)),
        "responsible": agents[-1],
        "talk_seconds": between(round(WORD_SECONDS * len(hops), 1), LONGEST_SECONDS),
        "segments": [{"agent": agent} | ({"how": how} if how else {}) for agent, how in hops],
    }


def spoke(*agents: str) -> Record:
    """Who talked with the client, in order of first talk; the last one named is responsible.

    For talks of which the scenario does not say how each began, or in how many parts.
    """
    known = {"answered_by": list(dict.fromkeys(agents)), "responsible": agents[-1]}
    return {**known, "talk_seconds": between(WORD_SECONDS, LONGEST_SECONDS)}


def missed(reason: str | None, disposition: str = "missed") -> Record:
    """Nobody talked with the client; an inbound call then has no responsible."""
    nobody: Record = {"answered_by": [], "responsible": None, "segments": []}
    return {"disposition": disposition, "missed_reason": reason, **nobody}


def transfer(kind: object, by: str, to: object, completed: object = True) -> Record:
    """One entry of `transfers`; `to` as it was dialled, UNSAID where a group was asked."""
    return _said({"kind": kind, "by": by, "to": to, "completed": completed})


def between(low: float, high: float) -> Record:
    """A number of seconds that a stop-watch would find in this range."""
    return {"between": [low, high]}


def rang(**outcomes: str) -> list[Record]:
    """`legs` by extension: rang(_101="answered", _102="answered_elsewhere")."""
    return [{"agent": agent[1:], "outcome": outcome} for agent, outcome in outcomes.items()]


def mismatches(records: Sequence[Record], truth: Record) -> list[str]:
    """Where `records` (as `replay --internal` prints them) differ from a scenario's truth.

    Records are paired with the truth in order of `started_at`. Internal ones are compared only
    if the truth lists any under `internal`.
    """
    inside = [one for one in _by_start(records) if one["direction"] == "internal"]
    client = [one for one in _by_start(records) if one["direction"] != "internal"]
    found = list(_list("record", client, truth["records"]))
    if truth.get("internal") is not None:
        found += _list("internal", inside, truth["internal"])
    return found


def _by_start(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda one: one.get("started_at") or "")


def _differences(place: str, seen: Any, true: Any) -> Iterator[str]:
    if isinstance(true, dict) and "between" in true:
        low, high = true["between"]
        if not (isinstance(seen, int | float) and low <= seen <= high):
            yield f"{place} is {seen!r}, in truth between {low} and {high}"
    elif isinstance(true, dict) and isinstance(seen, dict):
        for key, value in true.items():
            if key in UNORDERED:
                yield from _list(f"{place}.{key}", _sorted(seen.get(key, [])), _sorted(value))
            else:
                yield from _differences(f"{place}.{key}", seen.get(key), value)
    elif isinstance(true, list) and isinstance(seen, list):
        yield from _list(place, seen, true)
    elif seen != true:
        yield f"{place} is {seen!r}, in truth {true!r}"


def _list(place: str, seen: Sequence[Any], true: Sequence[Any]) -> Iterator[str]:
    if len(seen) != len(true):
        yield f"{place}: {len(seen)} instead of {len(true)}: {list(seen)!r}"
    for index, (one, other) in enumerate(zip(seen, true, strict=False)):
        yield from _differences(f"{place}[{index}]", one, other)


def _sorted(legs: Sequence[Record]) -> list[Record]:
    return sorted(legs, key=lambda leg: (leg.get("agent") or "", leg.get("outcome") or ""))
