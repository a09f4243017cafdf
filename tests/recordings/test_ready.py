"""When is a recording whole: the table of bridge/recordings/ready.py, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.record import RecordingState as S
from bridge.recordings.ready import LookAgain, Seen, Settled, Waiting, decide
from bridge.recordings.settings import Patience
from bridge.recordings.wav import Wav

STOPPED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = Patience()

WHOLE = Seen(size=1044, wav=Wav(16000, 44, 1000, 1000))
STALE = Seen(size=1044, wav=Wav(16000, 44, 0, 1000))
SILENT = Seen(size=44, wav=Wav(16000, 44, 0, 0))
OTHER = Seen(size=900, named_wav=False)
GARBAGE = Seen(size=900)


@pytest.mark.parametrize(
    ("seen", "after", "expected"),
    [
        (Seen(), 9, None),
        (Seen(), 10, Settled(S.MISSING)),
        (Seen(size=0, readable=False), 9, None),
        (Seen(size=0, readable=False), 10, Settled(S.UNREADABLE)),
        (WHOLE, 0, Settled(S.READY)),
        (OTHER, 0, Settled(S.READY)),
        (SILENT, 4, None),
        (SILENT, 5, Settled(S.EMPTY)),
        (Seen(size=0), 5, Settled(S.EMPTY)),
        (STALE, 29, None),
        (STALE, 30, Settled(S.READY, mend=True)),
        (GARBAGE, 29, None),
        (GARBAGE, 30, Settled(S.UNREADABLE)),
    ],
)
def test_a_file_that_stays_as_it_is(seen: Seen, after: float, expected: Settled | None) -> None:
    waiting = Waiting(STOPPED, seen.size, STOPPED - timedelta(seconds=1))
    answer = decide(waiting, seen, STOPPED + timedelta(seconds=after), PATIENCE)
    assert (answer if isinstance(answer, Settled) else None) == expected


@pytest.mark.parametrize(
    ("after", "expected"), [(0, None), (3599, None), (3600, Settled(S.UNREADABLE))]
)
def test_a_file_that_grows_at_every_look(after: float, expected: Settled | None) -> None:
    waiting = Waiting(STOPPED, 500, STOPPED, STOPPED)
    answer = decide(waiting, WHOLE, STOPPED + timedelta(seconds=after), PATIENCE)
    assert (answer if isinstance(answer, Settled) else None) == expected


def test_nothing_is_settled_before_the_recorder_stopped() -> None:
    waiting = Waiting(STOPPED, WHOLE.size, STOPPED - timedelta(seconds=9))
    answer = decide(waiting, WHOLE, STOPPED - timedelta(seconds=1), PATIENCE)
    assert isinstance(answer, LookAgain)


def test_the_next_look_is_named() -> None:
    answer = decide(Waiting(STOPPED), Seen(), STOPPED, PATIENCE)
    waiting = Waiting(STOPPED, None, STOPPED, STOPPED)
    assert answer == LookAgain(STOPPED + timedelta(seconds=0.25), waiting)


def test_a_file_that_nobody_looked_at_for_days_is_looked_at_twice() -> None:
    late = STOPPED + timedelta(days=2)
    first = decide(Waiting(STOPPED), WHOLE, late, PATIENCE)
    assert isinstance(first, LookAgain)
    second = decide(first.waiting, WHOLE, late + timedelta(seconds=1), PATIENCE)
    assert second == Settled(S.READY)
