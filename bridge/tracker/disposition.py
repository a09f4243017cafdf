"""How a call and each of its legs ended: tables over dial statuses and hang-up causes."""

from __future__ import annotations

from typing import Final

from bridge.domain.causes import Cause
from bridge.domain.pbx_events import DialStatus
from bridge.domain.record import Direction, Disposition, LegOutcome, MissedReason
from bridge.domain.routes import TURNED_AWAY
from bridge.tracker.call import Call
from bridge.tracker.world import Dial

OUTBOUND: Final[dict[DialStatus | None, Disposition]] = {
    DialStatus.BUSY: Disposition.BUSY,
    DialStatus.NOANSWER: Disposition.NO_ANSWER,
    DialStatus.CANCEL: Disposition.NO_ANSWER,
    DialStatus.CONGESTION: Disposition.FAILED,
    DialStatus.CHANUNAVAIL: Disposition.FAILED,
}
OUTBOUND_BY_CAUSE: Final[dict[int | None, Disposition]] = {
    Cause.SUBSCRIBER_ABSENT: Disposition.FAILED,
    Cause.OUT_OF_ORDER: Disposition.FAILED,
    Cause.CONGESTION: Disposition.FAILED,
}
LEG: Final = {
    DialStatus.ANSWER: LegOutcome.ANSWERED,
    DialStatus.BUSY: LegOutcome.BUSY,
    DialStatus.NOANSWER: LegOutcome.NO_ANSWER,
    DialStatus.CONGESTION: LegOutcome.UNAVAILABLE,
    DialStatus.CHANUNAVAIL: LegOutcome.UNAVAILABLE,
}
NO_SUCH_NUMBER: Final = frozenset({Cause.UNALLOCATED, Cause.INVALID_NUMBER})
# The phone's own word goes before the dial status: app_queue says NOANSWER to everything.
LEG_BY_CAUSE: Final[dict[int | None, LegOutcome]] = {
    Cause.REJECTED: LegOutcome.DECLINED,
    Cause.BUSY: LegOutcome.BUSY,
}
_CLOSED: Final = ("after_hours", "after-hours", "afterhours", "closed", "holiday", "night")


def disposition_of(call: Call, *, spoke: bool, doubted: bool) -> Disposition | None:
    """None where the part of the call that would tell was not seen."""
    if spoke:
        return Disposition.ANSWERED
    if doubted:
        return None
    if call.direction is Direction.INBOUND:
        return Disposition.VOICEMAIL if reached_mailbox(call) else Disposition.MISSED
    if call.direction is Direction.INTERNAL:
        return OUTBOUND.get(call.legs[-1].status if call.legs else None, Disposition.NO_ANSWER)
    if any(client.up for client in call.clients):
        return Disposition.FAILED
    return _unanswered(call)


def _unanswered(call: Call) -> Disposition:
    """What the network said of the last try; but a busy or a rejecting phone on any of them."""
    causes = {client.cause for client in call.clients}
    if causes & {Cause.BUSY, Cause.REJECTED}:
        return Disposition.BUSY
    if call.leg.cause in NO_SUCH_NUMBER:  # the dial status is NOANSWER when it rang before
        return Disposition.FAILED
    dial = call.leg.dialled
    if dial is not None and dial.status in OUTBOUND:
        return OUTBOUND[dial.status]
    return OUTBOUND_BY_CAUSE.get(call.leg.cause, Disposition.NO_ANSWER)


def reached_mailbox(call: Call) -> bool:
    """VoiceMail ran on the client's channel, or on a Local half that was dialled for it."""
    if any(client.mailbox for client in call.clients):
        return True
    locals_ = (side for leg in call.legs for side in (leg.dest, leg.dest.half, leg.caller) if side)
    return any(side.mailbox for side in locals_)


def missed_reason(call: Call, disposition: Disposition | None) -> MissedReason | None:
    """None unless the call was missed."""
    if disposition is not Disposition.MISSED:
        return None
    statuses = [leg.status for leg in call.legs]
    if _gave_up(call):
        return MissedReason.ABANDONED
    if not statuses:
        return MissedReason.AFTER_HOURS if _is_closed(call) else MissedReason.IVR
    if all(status is DialStatus.BUSY for status in statuses):
        return MissedReason.BUSY
    return MissedReason.NO_ANSWER


def _is_closed(call: Call) -> bool:
    """Nobody worked: what the dialplan calls so, but for those whom we take at no hour."""
    said = any(word in label.casefold() for label in call.labels for word in _CLOSED)
    return said or (call.closed and not any(label in TURNED_AWAY for label in call.labels))


def _gave_up(call: Call) -> bool:
    """The client hung up himself, in the queue or while something rang. QueueCallerAbandon alone
    says nothing: it comes after a time-out, too."""
    gone = call.leg.hung_up
    if gone is None:
        return False
    rang = any(leg.ended is None or leg.ended.position > gone.position for leg in call.legs)
    return call.abandoned or rang


def leg_outcome(dial: Dial, *, spoken_after: bool) -> LegOutcome | None:
    """`spoken_after`: somebody talked with the client after this device began to ring."""
    if dial.status is not DialStatus.ANSWER and dial.dest.cause in LEG_BY_CAUSE:
        return LEG_BY_CAUSE[dial.dest.cause]
    if dial.status in LEG:
        return LEG[dial.status]
    if dial.ended is None and dial.dest.ended is None:
        return None
    if spoken_after or dial.dest.cause == Cause.ANSWERED_ELSEWHERE:
        return LegOutcome.ANSWERED_ELSEWHERE
    return LegOutcome.NO_ANSWER
