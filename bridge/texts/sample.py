"""Two calls that templates and conditions are tried on before there is a real one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    How,
    Leg,
    LegOutcome,
    MissedReason,
    Recording,
    RecordingState,
    Segment,
    Transfer,
    TransferKind,
)

_AT: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
_ID: Final = "office-1772442000.1"

# Every field has a value.
RICH: Final = CallRecord(
    call_id=_ID,
    pbx="office",
    direction=Direction.INBOUND,
    client=Client(number="+79161234567", raw="89161234567", name="Client"),
    did="+74951234501",
    started_at=_AT,
    answered_at=_AT,
    ended_at=_AT,
    disposition=Disposition.ANSWERED,
    missed_reason=MissedReason.ABANDONED,
    answered_by=("101",),
    responsible="101",
    segments=(Segment(agent="101", from_=_AT, to=_AT, seconds=1.0, how=How.DIAL),),
    legs=(
        Leg(
            agent="101",
            endpoint="PJSIP/101",
            rang_at=_AT,
            ring_seconds=1.0,
            outcome=LegOutcome.ANSWERED,
        ),
    ),
    transfers=(Transfer(kind=TransferKind.BLIND, by="101", to="102", at=_AT, completed=True),),
    transferred_out="+79031112233",
    cause=16,
    rating=5,
    language="ru",
    wait_seconds=1.0,
    talk_seconds=1.0,
    hold_seconds=0.0,
    queue="sales",
    labels=("sales",),
    recordings=(Recording(id="1.wav", file="1.wav", state=RecordingState.READY),),
    oddities=("gap",),
)

# A call of which next to nothing is known.
BARE: Final = CallRecord(
    call_id=_ID, pbx="office", direction=Direction.OUTBOUND, client=Client(withheld=True)
)
