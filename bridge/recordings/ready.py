"""Is the recording whole: a pure decision over what was seen of its file, and when.

What ends the waiting is a sign in the file; the deadlines say what its absence means:

    seen                                        then
    ------------------------------------------  -----------------------------------------------
    no file                                     after `appear_within`: missing
    a file that cannot be read                  after `appear_within`: unreadable
    a size that changed less than `still` ago   look again; `grow_within` after the stop and the
                                                first look: unreadable
    no sound (a bare header, nothing)           after `sound_within`: empty
    a WAV whose header fits its sound           ready
    a WAV whose header does not fit             after `header_within`: ready, mend the copy
    a file of another kind                      ready, unless it is named .wav: as the next row
    named .wav and is none                      after `header_within`: unreadable
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bridge.domain.record import RecordingState
from bridge.recordings.settings import Patience
from bridge.recordings.wav import Wav


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at the file. `size` None: it is not there. `detail`: why it cannot be read."""

    size: int | None = None
    readable: bool = True
    named_wav: bool = True
    wav: Wav | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`stopped` is when the recorder stopped; `size` is unchanged since `since`. `first` is when
    we looked first, which may be days later."""

    stopped: datetime
    size: int | None = None
    since: datetime | None = None
    first: datetime | None = None


@dataclass(frozen=True, slots=True)
class LookAgain:
    at: datetime
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Settled:
    """`mend`: the copy needs a header that fits."""

    state: RecordingState
    mend: bool = False


def decide(waiting: Waiting, seen: Seen, now: datetime, patience: Patience) -> LookAgain | Settled:
    """What is known of the recording after this look (see the module's table)."""
    if seen.size != waiting.size or waiting.since is None:
        waiting = replace(waiting, size=seen.size, since=now)
    waiting = replace(waiting, first=waiting.first or now)
    settled, after = _verdict(waiting, seen, now, patience)
    if now - waiting.stopped >= timedelta(seconds=after):
        return settled
    return LookAgain(now + timedelta(seconds=patience.look_every), waiting)


def now_ready(seen: Seen, patience: Patience) -> bool:
    """Whether a file that was given up for lost could be collected after all."""
    ages_ago = datetime.min.replace(tzinfo=UTC)
    settled, _ = _verdict(
        Waiting(ages_ago, seen.size, ages_ago), seen, ages_ago + timedelta(days=365), patience
    )
    return settled.state is RecordingState.READY


def _verdict(
    waiting: Waiting, seen: Seen, now: datetime, patience: Patience
) -> tuple[Settled, float]:
    """What it comes to, and how long after the stop at the earliest."""
    if seen.size is None:
        return Settled(RecordingState.MISSING), patience.appear_within
    if not seen.readable:
        return Settled(RecordingState.UNREADABLE), patience.appear_within
    if waiting.since is None or now - waiting.since < timedelta(seconds=patience.still):
        unwatched = max(0.0, ((waiting.first or now) - waiting.stopped).total_seconds())
        return Settled(RecordingState.UNREADABLE), unwatched + patience.grow_within
    if seen.size == 0 or (seen.wav is not None and seen.wav.present <= 0):
        return Settled(RecordingState.EMPTY), patience.sound_within
    if seen.wav is not None and not seen.wav.whole:
        return Settled(RecordingState.READY, mend=True), patience.header_within
    if seen.wav is None and seen.named_wav:
        return Settled(RecordingState.UNREADABLE), patience.header_within
    return Settled(RecordingState.READY), 0.0
