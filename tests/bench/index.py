"""A million phones in the index: what they cost in memory, and to look one up."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from random import Random
from typing import Final

from bridge.cache.index import PhoneIndex, Row
from bridge.domain.entities import Deal, EntityKind, EntityRef, Match
from tests.bench.stopwatch import best_of, resident
from tests.bench.table import Row as Figure
from tests.bench.table import at_most

PHONES: Final = 1_000_000
LOOKUPS: Final = 100_000
_PAGE: Final = 5_000
_FIRST: Final = 79_000_000_000


def phone(number: int) -> str:
    return f"+{_FIRST + number * 997}"


def client(number: int) -> tuple[Match, ...]:
    """A contact of a company with an owner; every tenth has an open deal."""
    deals = (
        (Deal(id=str(number), title="Договор", pipeline="0", stage="NEW", owner="12"),)
        if number % 10 == 0
        else ()
    )
    ref = EntityRef(EntityKind.CONTACT, str(number))
    name = f"Константин Константинов {number}"
    owner, company = str(number % 50), str(number // 7)
    return (Match(entity=ref, name=name, owner=owner, company=company, open_deals=deals),)


def filled() -> tuple[PhoneIndex, int]:
    """The index, and the bytes by which the process grew."""
    index = PhoneIndex()
    gc.collect()
    before = resident()
    for page in range(0, PHONES, _PAGE):
        rows: list[Row] = [(phone(n), client(n)) for n in range(page, page + _PAGE)]
        index.put(rows)
    gc.collect()
    index.whole = True
    return index, resident() - before


def index() -> Iterator[tuple[str, list[Figure]]]:
    """Numbers in no order, known and unknown."""
    found, grown = filled()
    chance = Random(7)
    known = [phone(chance.randrange(PHONES)) for _ in range(LOOKUPS)]
    unknown = [f"+{_FIRST + n * 997 + 1}" for n in range(LOOKUPS)]

    def look_up(numbers: list[str]) -> None:
        for number in numbers:
            found.matches(number)

    best = best_of(5, {"known": lambda: look_up(known), "unknown": lambda: look_up(unknown)})
    yield (
        f"{len(found):,} phones, a contact each, every tenth with an open deal",
        [
            at_most("resident growth", grown / 1e6, 300, " MB"),
            Figure("a phone", f"{grown / len(found):.0f} bytes"),
            at_most("a known number", best["known"] / LOOKUPS * 1e6, 5, " µs"),
            at_most("an unknown number", best["unknown"] / LOOKUPS * 1e6, 5, " µs"),
        ],
    )
