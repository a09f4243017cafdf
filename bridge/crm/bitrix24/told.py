"""What the portal is told of a call when it begins (register) and when it is over (finish); pure.

Source: Bitrix24 REST documentation, `telephony.externalCall.register` and `.finish`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Any, Final

from bridge.crm.bitrix24.client import Command
from bridge.crm.bitrix24.settings import Bitrix24Settings
from bridge.crm.names import printable
from bridge.domain.causes import Cause
from bridge.domain.entities import EntityRef
from bridge.domain.ports import LiveCall
from bridge.domain.record import CallRecord, Direction, Disposition, stamp
from bridge.domain.record import Client as Caller

CALLED_BACK: Final = 4
_TYPES: Final = {Direction.OUTBOUND: 1, Direction.INBOUND: 2}
_HIDDEN: Final = "0000000"  # the portal takes no call without a number
_LONGEST_REASON: Final = 250  # characters that people read

ANSWERED, MISSED, OTHER = "200", "304", "OTHER"
_BY_DISPOSITION: Final = {
    Disposition.ANSWERED: ANSWERED,
    Disposition.MISSED: MISSED,
    Disposition.VOICEMAIL: MISSED,
    Disposition.BUSY: "486",
}
_BY_CAUSE: Final[Mapping[int, str]] = {
    Cause.UNALLOCATED: "404",
    Cause.INVALID_NUMBER: "404",
    Cause.BUSY: "486",
    Cause.NO_USER_RESPONSE: "480",
    Cause.NO_ANSWER: "480",
    Cause.SUBSCRIBER_ABSENT: "480",
    Cause.REJECTED: "603",
    Cause.CONGESTION: "503",
    38: "503",  # network out of order
    Cause.NORMAL: "603-S",  # the agent gave up
}


def registration(
    call: LiveCall,
    user: str,
    settings: Bitrix24Settings,
    entity: EntityRef | None = None,
    *,
    called_back: bool = False,
) -> tuple[str, dict[str, Any]]:
    """`called_back`: the call answers a callback form."""
    asked: dict[str, Any] = {
        "USER_ID": user,
        "PHONE_NUMBER": _number(call.client),
        "TYPE": CALLED_BACK if called_back else _TYPES.get(call.direction, 2),
        "CRM_CREATE": 0,
        "SHOW": 0,
        "ADD_TO_CHAT": int(settings.chat),
        "EXTERNAL_CALL_ID": call.call_id,
    }
    if call.started_at:
        asked["CALL_START_DATE"] = _iso(call.started_at)
    if call.did:
        asked["LINE_NUMBER"] = call.did.removeprefix("+")
    if entity is not None:
        asked |= {"CRM_ENTITY_TYPE": entity.kind.name, "CRM_ENTITY_ID": entity.id}
    return "telephony.externalCall.register", asked


def finishing(record: CallRecord, user: str, call: str, settings: Bitrix24Settings) -> Command:
    """`call` is the portal's CALL_ID."""
    asked: dict[str, Any] = {
        "CALL_ID": call,
        "USER_ID": user,
        "DURATION": talked(record),
        "STATUS_CODE": status_code(record),
        "ADD_TO_CHAT": int(settings.chat),
    }
    if record.rating in range(1, 6):
        asked["VOTE"] = record.rating
    if record.missed_reason:
        why = (record.missed_reason.value, printable(record.path))
        asked["FAILED_REASON"] = ", ".join(filter(None, why))[:_LONGEST_REASON]
    if (cost := settings.cost) and record.direction is Direction.OUTBOUND:
        minutes = ceil(talked(record) / 60)
        asked |= {"COST": cost.per_minute * minutes, "COST_CURRENCY": cost.currency}
    return "telephony.externalCall.finish", asked


def as_live(record: CallRecord, user: str) -> LiveCall:
    """The call as it would have been announced."""
    return LiveCall(
        call_id=record.call_id,
        direction=record.direction,
        client=record.client,
        did=record.did,
        user=user,
        started_at=record.started_at,
    )


def talked(record: CallRecord) -> int:
    """Whole seconds of talk; 0 when nobody did."""
    return round(record.talk_seconds or 0) if record.disposition is Disposition.ANSWERED else 0


def status_code(record: CallRecord) -> str:
    """How the portal names the end of this call."""
    if record.disposition in _BY_DISPOSITION:
        return _BY_DISPOSITION[record.disposition]
    if record.disposition is Disposition.NO_ANSWER and record.cause is None:
        return "480"
    return _BY_CAUSE.get(record.cause or 0, OTHER)


def _number(client: Caller) -> str:
    raw = "".join(char for char in client.raw or "" if char.isdecimal() or char == "+")
    return client.number or (raw if len(raw) > 2 else _HIDDEN)


def _iso(moment: datetime) -> str:
    return stamp(moment).replace("Z", "+00:00")
