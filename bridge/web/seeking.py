"""Which finished calls somebody looks for, as the query of an address says it; pure."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, TypeVar

from bridge.domain.numbers import beginning, e164
from bridge.domain.record import Direction, Disposition

WORDS: Final = ("client", "agent", "outcome", "direction", "since", "until", "review")
SHORTEST_PART: Final = 3  # digits
_SURELY_WHOLE: Final = 10  # digits; fewer may be a part of one number and the whole of another
_LONGEST: Final = 64  # characters of a value
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is None is not asked about. `client` is a whole number (E.164), `digits` what
    may be a part of one; `agent` the extension that is responsible; `since` and `until` are about
    the start."""

    client: str | None = None
    digits: tuple[str, ...] = ()
    agent: str | None = None
    outcome: Disposition | None = None
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None
    review: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How words are read: days in `zone`, national numbers in `region`. `parts`: a part of a
    number will do. (To whom numbers are veiled it would tell them digit by digit.)"""

    zone: tzinfo = UTC
    region: str = "RU"
    parts: bool = False

    def sought(self, query: Mapping[str, str]) -> Sought:
        """What the query asks for; other words in it, and empty ones, are left alone. Raises
        ValueError in words."""
        said = {word: text for word in WORDS if (text := query.get(word, "").strip())}
        for word, text in said.items():
            # A pasted number has blanks and marks of other programs: its digits alone are read.
            if len(text) > _LONGEST or not (text.isprintable() or word == "client"):
                raise ValueError(f"{word}: write {_LONGEST} characters at most, on one line")
        client, digits = self._number(said.get("client"))
        return Sought(
            client=client,
            digits=digits,
            agent=said.get("agent"),
            outcome=_one_of(Disposition, "outcome", said),
            direction=_one_of(Direction, "direction", said),
            since=self._moment("since", said, timedelta()),
            until=self._moment("until", said, timedelta(days=1)),
            review=True if "review" in said else None,
        )

    def _number(self, text: str | None) -> tuple[str | None, tuple[str, ...]]:
        """Whole, or in part."""
        if text is None:
            return None, ()
        digits = "".join(char for char in text if char in string.digits)
        whole = e164(text, self.region)
        if whole and not (self.parts and _may_be_part(text, digits, whole)):
            return whole, ()
        if not self.parts:
            raise ValueError("client: write the whole number, for numbers are veiled here")
        if len(digits) < SHORTEST_PART:
            raise ValueError(f"client: write a number, or {SHORTEST_PART} digits of one")
        begun = beginning(digits, self.region)
        return None, (digits, begun) if begun else (digits,)

    def _moment(self, word: str, said: Mapping[str, str], day: timedelta) -> datetime | None:
        """A day counts from its beginning, or with this `day` to its end."""
        text = said.get(word)
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(text)
            if _is_day(text):
                at += day
            return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(f"{word}: write a day (2026-03-02) or a moment of RFC 3339") from None


def _may_be_part(text: str, digits: str, whole: str) -> bool:
    """Whether the digits may stand in other numbers, too; one that is found so is found as well."""
    return not text.startswith("+") and len(digits) < _SURELY_WHOLE and digits in whole


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _one_of(words: type[_Word], word: str, said: Mapping[str, str]) -> _Word | None:
    try:
        return words(said[word]) if word in said else None
    except ValueError:
        raise ValueError(f"{word}: write one of {', '.join(words)}") from None
