"""Facts in words that people read: the filters of the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bridge.domain.troubles import LASTS, TroubleKind

OUTCOMES: Final = {
    "answered": "Answered",
    "missed": "Missed",
    "voicemail": "Voicemail",
    "busy": "Busy",
    "no_answer": "No answer",
    "failed": "Failed",
}
REASONS: Final = {
    "abandoned": "hung up while waiting",
    "no_answer": "nobody answered",
    "busy": "all were busy",
    "after_hours": "out of hours",
    "ivr": "hung up in the menu",
}
HOW: Final = {
    "dial": "answered",
    "queue": "from the queue",
    "pickup": "picked up",
    "blind_transfer": "blind transfer",
    "attended_transfer": "attended transfer",
    "parking": "from parking",
    "redirect": "redirected",
}
RECORDINGS: Final = {
    "expected": "recording is being written",
    "missing": "recording is missing",
    "empty": "recording is empty",
    "unreadable": "recording cannot be read",
    "ready": "recording was erased",
    "delivered": "recording was erased",
}

HEADINGS: Final = {
    "did": "Dialled",
    "inn": "INN",
    "created_at": "Made",
    "changed_at": "Changed",
    "entities": "On",
    "user": "User",
    "call_id": "Call",
    "started_at": "Began",
    "disposition": "Outcome",
    "talk_seconds": "Talk",
    "recordings": "Recording",
}


def duration(seconds: float | None) -> str:
    """`4:05`, `1:00:07`; a dash when it is not known."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(at: str | None) -> str:
    """`2026-03-02 09:00:05` of an RFC 3339 moment, which is UTC."""
    return at[:19].replace("T", " ") if at else "–"


def client(it: Mapping[str, Any]) -> str:
    """The number, or what is known instead of it."""
    if it.get("withheld"):
        return "hidden number"
    return str(it.get("number") or it.get("raw") or "unknown number")


def failing(it: Mapping[str, Any]) -> str:
    """What an incident, as JSON, is about."""
    return LASTS[TroubleKind(it["kind"])].format(it["subject"])


def cell(value: Any) -> str:
    """Any value of a row as one line of text."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(each) for each in value)
    return str(value)


def heading(name: str) -> str:
    """A field's name above its value."""
    return HEADINGS.get(name) or name.replace("_", " ").capitalize()


def _word(words: Mapping[str, str]) -> Callable[[str | None], str]:
    return lambda key: words.get(key or "", key or "")


def called(agent: str, names: Mapping[str, str]) -> str:
    """`Dave Service`, where there is little room."""
    return names.get(agent) or agent


def named(agent: str, names: Mapping[str, str]) -> str:
    """`Dave Service (201)`; who has no name, or is a number outside, as he is."""
    name = names.get(agent)
    return f"{name} ({agent})" if name else agent


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "duration": duration,
    "moment": moment,
    "client": client,
    "cell": cell,
    "called": called,
    "named": named,
    "failing": failing,
    "heading": heading,
    "outcome": _word(OUTCOMES),
    "reason": _word(REASONS),
    "how": _word(HOW),
    "recording_state": _word(RECORDINGS),
}
