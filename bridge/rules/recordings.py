"""Each recording of the call is attached to the logged call, and so to all that the call is on."""

from __future__ import annotations

from typing import Final

from bridge.domain.commands import AttachRecording, Planned, ResultOf
from bridge.domain.record import Recording, RecordingState
from bridge.rules.case import Case

# Where a recording stands → why it will be attached; the other states have nothing to attach.
_WHY: Final = {
    RecordingState.EXPECTED: "The recording is attached to the call once its file is complete.",
    RecordingState.READY: "The recording belongs with the call.",
    RecordingState.DELIVERED: "The recording belongs with the call.",
}


def plan(case: Case) -> tuple[Planned, ...]:
    return tuple(attach(case, item) for item in case.record.recordings if item.state in _WHY)


def attach(case: Case, recording: Recording) -> Planned:
    """The attachment of one recording, for when its file becomes ready after the call."""
    command = AttachRecording(call=ResultOf(case.log_key), recording=recording.id)
    why = _WHY.get(recording.state, _WHY[RecordingState.EXPECTED])
    return Planned(case.key("attach_recording", recording.id), command, why)
