"""What an index was told of each entity: so that of a changed one every number is told anew whose
answer may be another now, also one that is stored no more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from bridge.domain.entities import EntityRef, Match
from bridge.domain.ports import PhoneChange


@dataclass(slots=True)
class Found:
    """Entities as they are now: their phones (E.164), and their match."""

    matches: dict[EntityRef, Match] = field(default_factory=dict)
    phones: dict[EntityRef, tuple[str, ...]] = field(default_factory=dict)

    def pairs(self) -> tuple[tuple[str, Match], ...]:
        """Each phone with the match of who stores it."""
        return tuple(
            (phone, self.matches[ref]) for ref, phones in self.phones.items() for phone in phones
        )


@dataclass(frozen=True, slots=True)
class _Told:
    phones: frozenset[str]
    looked: int


_NOTHING: Final = _Told(frozenset(), 0)


class Telling:
    def __init__(self) -> None:
        self._told: dict[EntityRef, _Told] = {}

    def tell(self, found: Found) -> None:
        for ref, phones in found.phones.items():
            self._told[ref] = _told(phones, found.matches.get(ref))

    async def changes(
        self,
        now: Found,
        lookup: Callable[[str], Awaitable[Iterable[Match]]],
        since: str,
        cursor: str,
    ) -> AsyncIterator[PhoneChange]:
        """Every number whose answer may be another than the one handed out before, looked up now.
        The last one leads on to `cursor`, those before it stay at `since`: what a failure has cut
        off is told by the next question."""
        left = self.concerned(now)
        for ref, numbers in self._changed(now):
            for phone in sorted(numbers & left):
                matches = tuple(await lookup(phone))
                left.discard(phone)
                yield PhoneChange(cursor=since if left else cursor, phone=phone, matches=matches)
            self._told[ref] = _told(now.phones[ref], now.matches.get(ref))

    def concerned(self, now: Found) -> set[str]:
        """The numbers whose answer may be another than the one handed out before."""
        return {number for _, numbers in self._changed(now) for number in numbers}

    def _changed(self, now: Found) -> Iterator[tuple[EntityRef, frozenset[str]]]:
        """Who is another than told, with the numbers before and now."""
        for ref, phones in now.phones.items():
            told = self._told.get(ref, _NOTHING)
            if told != _told(phones, now.matches.get(ref)):
                yield ref, told.phones | frozenset(phones)


def _told(phones: Iterable[str], match: Match | None) -> _Told:
    return _Told(frozenset(phones), hash(repr(match)))
