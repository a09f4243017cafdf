"""What was said in a call goes to the logged call."""

from __future__ import annotations

from bridge.domain.commands import AttachTranscription, Planned, ResultOf
from bridge.domain.transcription import Lines
from bridge.rules.case import Case


def attach(case: Case, lines: Lines) -> Planned:
    """The words beside the logged call, for when they come after it."""
    command = AttachTranscription(call=ResultOf(case.log_key), lines=lines)
    key = case.key("attach_transcription", "call")
    return Planned(key, command, "What was said belongs with the call.")
