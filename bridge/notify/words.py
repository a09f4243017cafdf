"""What people read: what happened, since when, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.messages import Message
from bridge.domain.record import stamp
from bridge.domain.troubles import LASTS, TroubleKind
from bridge.notify.decide import Notice, Said

# What is so when it is over, of the subject.
_OVER: Final = {
    TroubleKind.LINK: "{} is followed again",
    TroubleKind.STORE: "{} stores calls again",
    TroubleKind.TASK: "{} works again",
    TroubleKind.LOGIN: "{} takes our login again",
    TroubleKind.FAILING: "{} takes calls again",
    TroubleKind.PARKED: "{}: no delivery waits any more",
    TroubleKind.RECORDINGS: "{}: recordings are kept again",
}
_AGAIN: Final = "Still: "

Mask = Callable[[str], str]


def message(
    notice: Notice, now: datetime, link: str | None = None, mask: Mask = lambda text: text
) -> Message:
    """The message of one notice. `link` acknowledges; `mask` hides numbers and secrets, whatever a
    CRM put them into."""
    incident, trouble = notice.incident, notice.incident.trouble
    over = notice.said is Said.RECOVERED
    says = mask((_OVER if over else LASTS)[trouble.kind].format(trouble.subject))
    title = (_AGAIN if notice.said is Said.STILL else "") + says
    id = f"{incident.id}-{notice.said}-{int(now.timestamp())}"
    lines = _over(notice) if over else _open(notice, now, link)
    facts = {
        "incident": incident.id,
        "said": str(notice.said),
        "kind": str(trouble.kind),
        "subject": trouble.subject,
        "since": stamp(trouble.since),
        "what": mask(trouble.what),
        "act": mask(trouble.act),
        "acknowledge": None if over else link,
    }
    text = mask("\n".join(lines))
    return Message(id=id, title=title, text=text, kind=trouble.kind, facts=facts)


def _over(notice: Notice) -> list[str]:
    incident = notice.incident
    end = incident.good_since or incident.closed_at or incident.trouble.since
    lasted = _lasted(end - incident.trouble.since)
    return [f"It lasted from {_time(incident.trouble.since)} for {lasted}."]


def _open(notice: Notice, now: datetime, link: str | None) -> list[str]:
    trouble = notice.incident.trouble
    since = f"Since {_time(trouble.since)} ({_lasted(now - trouble.since)})."
    known = f"I know, no reminders: asterisk-bridge incidents ack {notice.incident.id}"
    asks = [f"What to do: {trouble.act}"] if trouble.act else []
    return [trouble.what, since, *asks, known + (f" or {link}" if link else "")]


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def _lasted(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 1:
        return "less than a minute"
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "d"), (hours, "h"), (minutes % 60, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
