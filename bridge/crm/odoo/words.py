"""A finished call in a few words, as people read it on a record and in the list of calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from bridge.domain.record import CallRecord, Direction, Disposition, MissedReason

# One row for each phrase; {} is what it says it of.
_ENGLISH: Final[Mapping[str, str]] = {
    Direction.INBOUND: "Inbound call",
    Direction.OUTBOUND: "Outbound call",
    Direction.INTERNAL: "Internal call",
    Disposition.ANSWERED: "answered",
    Disposition.MISSED: "missed",
    Disposition.VOICEMAIL: "left a message",
    Disposition.BUSY: "busy",
    Disposition.NO_ANSWER: "not answered",
    Disposition.FAILED: "failed",
    f"missed {MissedReason.ABANDONED}": "hung up while waiting",
    f"missed {MissedReason.NO_ANSWER}": "nobody answered",
    f"missed {MissedReason.BUSY}": "everybody was busy",
    f"missed {MissedReason.AFTER_HOURS}": "after hours",
    f"missed {MissedReason.IVR}": "in the menu",
    "hidden": "hidden number",
    "did": "company number {}",
    "agents": "talked with {}",
    "talk": "talk {}",
    "wait": "waited {}",
    "queue": "queue {}",
    "path": "path {}",
    "rating": "rated {}",
    "review": "who talked is not certain",
}
_RUSSIAN: Final[Mapping[str, str]] = {
    Direction.INBOUND: "Входящий звонок",
    Direction.OUTBOUND: "Исходящий звонок",
    Direction.INTERNAL: "Внутренний звонок",
    Disposition.ANSWERED: "отвечен",
    Disposition.MISSED: "пропущен",
    Disposition.VOICEMAIL: "оставлено сообщение",
    Disposition.BUSY: "занято",
    Disposition.NO_ANSWER: "нет ответа",
    Disposition.FAILED: "не состоялся",
    f"missed {MissedReason.ABANDONED}": "клиент не дождался",
    f"missed {MissedReason.NO_ANSWER}": "никто не ответил",
    f"missed {MissedReason.BUSY}": "все были заняты",
    f"missed {MissedReason.AFTER_HOURS}": "нерабочее время",
    f"missed {MissedReason.IVR}": "в меню",
    "hidden": "скрытый номер",
    "did": "номер компании {}",
    "agents": "говорили: {}",
    "talk": "разговор {}",
    "wait": "ожидание {}",
    "queue": "очередь {}",
    "path": "путь {}",
    "rating": "оценка {}",
    "review": "кто говорил, точно не известно",
}
LANGUAGES: Final = {"en": _ENGLISH, "ru": _RUSSIAN}


def told(record: CallRecord, language: str) -> str:
    """HTML of one paragraph; nothing that a caller sends is markup."""
    words = LANGUAGES[language]
    head = escape(", ".join(_head(record, words)))
    return f"<p><b>{head}</b><br/>{escape('; '.join(_facts(record, words)))}</p>"


def _head(record: CallRecord, words: Mapping[str, str]) -> Iterable[str]:
    yield words[record.direction]
    if record.disposition:
        yield words[record.disposition]
    if record.missed_reason:
        yield words[f"missed {record.missed_reason}"]


def _facts(record: CallRecord, words: Mapping[str, str]) -> Iterable[str]:
    yield record.client.number or record.client.raw or words["hidden"]
    if record.client.name:
        yield record.client.name
    told = {
        "did": record.did,
        "agents": ", ".join(record.answered_by),
        "talk": _clock(record.talk_seconds),
        "wait": _clock(record.wait_seconds),
        "queue": record.queue,
        "path": record.path,
        "rating": record.rating,
    }
    yield from (words[word].format(value) for word, value in told.items() if value)
    if record.needs_review:
        yield words["review"]


def _clock(seconds: float | None) -> str:
    """`1:05`."""
    return "{}:{:02}".format(*divmod(round(seconds), 60)) if seconds else ""
