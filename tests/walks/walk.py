"""One walk: people do at random what they may do, then all is compared with what was heard."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.domain.record import CallRecord
from tests.lab.office import Office
from tests.lab.phones import PhoneBroke
from tests.lab.wait import NotInTime
from tests.walks import moves, transfers
from tests.walks.floor import Floor
from tests.walks.hearing import Ears, listening
from tests.walks.verdict import differences

OFFERS: Final = (*moves.ALWAYS, transfers.talking, transfers.holding)
STEPS: Final = (8, 20)
_A_WORD: Final = 0.75  # how often people say something between two steps
_MOST_ENDS: Final = 20


@dataclass(frozen=True)
class Walked:
    """`wrong`: where the records differ from what was `heard`."""

    diary: list[str]
    capture: bytes
    wrong: list[str]
    records: list[CallRecord]
    heard: list[str]


async def walk(at: Office, seed: int, folder: Path) -> Walked:
    """The same seed offers the same choices, as far as the machine is as quick."""
    floor = Floor(at, random.Random(seed))
    capture = folder / "capture.ami"
    with listening(at, folder):
        async with at.playing(capture):
            for _ in range(floor.dice.randint(*STEPS)):
                await _step(floor)
            await _farewell(floor)
        return _looked_at(floor, Ears(at), capture)


def _looked_at(floor: Floor, ears: Ears, capture: Path) -> Walked:
    said = capture.read_bytes()
    wrong, records = differences(floor, ears, said)
    return Walked(floor.diary, said, wrong, records, list(ears.told(floor.begun)))


async def _step(floor: Floor) -> None:
    offers = [offer for kind in OFFERS for offer in kind(floor)]
    (_, move), *_ = floor.dice.choices(offers, weights=[likely for likely, _ in offers])
    try:
        await move()
    except (NotInTime, PhoneBroke) as error:
        floor.write(f"   not so: {error}")
    if floor.dice.random() < _A_WORD:
        await _word(floor)


async def _farewell(floor: Floor) -> None:
    """One after another hangs up, and what goes on without him is heard for a word."""
    for _ in range(_MOST_ENDS):
        ends = list(floor.ends())
        if not ends:
            return
        await moves.hangs_up(floor, floor.dice.choice(ends))
        await _word(floor)


async def _word(floor: Floor) -> None:
    """Whoever talks now goes on for a word, that of a call just begun included."""
    for end in [end for end in floor.ends() if end.free][-2:]:
        if not await floor.in_time(end.line.hears(end.leg)):
            return
