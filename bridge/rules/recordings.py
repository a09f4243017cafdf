"""Each recording of the call is attached to the logged call, and so to all that the call is on.

Some CRMs have one place for the recording of a call. So the first that may be there has it, and the
key of every other says that it is a further one: it never looks for its file in that place.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bridge.domain.commands import AttachRecording, Planned, ResultOf
from bridge.domain.record import Recording, RecordingState
from bridge.rules.case import Case

FIRST: Final = "attach_recording"
FURTHER: Final = "attach_further_recording"

# Where a recording stands → why it will be attached; the other states have nothing to attach.
_WHY: Final = {
    RecordingState.EXPECTED: "The recording is attached to the call once its file is complete.",
    RecordingState.READY: "The recording belongs with the call.",
    RecordingState.DELIVERED: "The recording belongs with the call.",
}


def plan(case: Case) -> tuple[Planned, ...]:
    """One attachment for each recording that there is, or will be."""
    wanted = [item for item in case.record.recordings if item.state in _WHY]
    return tuple(attach(case, item, further=item is not wanted[0]) for item in wanted)


def attach(case: Case, recording: Recording, *, further: bool = False) -> Planned:
    """The attachment of one recording, for when its file becomes ready after the call."""
    command = AttachRecording(call=ResultOf(case.log_key), recording=recording.id, further=further)
    why = _WHY.get(recording.state, _WHY[RecordingState.EXPECTED])
    return Planned(case.key(FURTHER if further else FIRST, recording.id), command, why)


def has_another(case: Case, recording: Recording, begun: Collection[str]) -> bool:
    """Whether one of these keys, of writes that may have been done, put another recording into
    the call's own place."""
    mine, place = case.key(FIRST, recording.id), case.key(FIRST, "")
    return any(key.startswith(place) and key != mine for key in begun)
