"""What Zammad is told of a call, in the words of its generic CTI interface.

Source: docs.zammad.org, "Generic CTI": "New Call", "Call Answered", "Call Hangup".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.domain.causes import Cause
from bridge.domain.record import CallRecord, Direction, Disposition, MissedReason

Message = dict[str, str | list[str]]

_HIDDEN: Final = "anonymous"

# How the call ended → Zammad's cause; what is missed here tells an agent to call back there.
_CAUSES: Final = {
    Disposition.ANSWERED: "normalClearing",
    Disposition.BUSY: "busy",
    Disposition.NO_ANSWER: "noAnswer",
    Disposition.VOICEMAIL: "noAnswer",
    Disposition.FAILED: "congestion",
    Disposition.MISSED: "cancel",
}
_MISSED: Final = {
    MissedReason.BUSY: "busy",
    MissedReason.NO_ANSWER: "noAnswer",
}
_NOT_THERE: Final = frozenset({Cause.UNALLOCATED, Cause.INVALID_NUMBER, Cause.SUBSCRIBER_ABSENT})


def new_call(record: CallRecord) -> Message:
    return {"event": "newCall", **_common(record)}


def answer(record: CallRecord, agent: str, names: Mapping[str, str]) -> Message:
    return {"event": "answer", **_common(record), "answeringNumber": agent, **_user(agent, names)}


def hangup(record: CallRecord, user: str | None, names: Mapping[str, str]) -> Message:
    """`user`: how Zammad knows who talked last (phone, login or id)."""
    agent = record.responsible
    answering = (user or agent) if record.answered_by else None
    told: Message = {"event": "hangup", **_common(record), "cause": cause(record)}
    if answering:
        told["answeringNumber"] = answering
    return told | (_user(agent, names) if agent else {})


def cause(record: CallRecord) -> str:
    """Why it ended. Of a record without a disposition: as a call that nobody answered."""
    if record.transferred_out:
        return "forwarded"
    if record.disposition is Disposition.FAILED and record.cause in _NOT_THERE:
        return "notFound"
    if record.disposition is Disposition.MISSED and record.missed_reason in _MISSED:
        return _MISSED[record.missed_reason]
    return _CAUSES.get(record.disposition or Disposition.MISSED, "cancel")


def _common(record: CallRecord) -> dict[str, str]:
    client = _number(record.client.number) or _HIDDEN
    ours = _number(record.did) or _HIDDEN
    inbound = record.direction is Direction.INBOUND
    return {
        "from": client if inbound else ours,
        "to": ours if inbound else client,
        "direction": "in" if inbound else "out",
        "callId": record.call_id,
    }


def _user(agent: str, names: Mapping[str, str]) -> Message:
    return {"user": [names[agent]]} if agent in names else {}


def _number(number: str | None) -> str:
    """Zammad's numbers have a country code and no plus."""
    return (number or "").removeprefix("+")
