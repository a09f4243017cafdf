"""Collect the recording of a finished call: look, wait, copy. All effects are here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bridge.domain.record import Recording, RecordingState
from bridge.recordings import wav
from bridge.recordings.paths import Outside, locate
from bridge.recordings.ready import Seen, Settled, Waiting, decide
from bridge.recordings.settings import RecordingsSettings
from bridge.recordings.shelf import Shelf, seconds


@dataclass(frozen=True, slots=True)
class Collected:
    """`recording` with its final state and, when ready, its copy in `file`; how long it lasts."""

    recording: Recording
    seconds: float | None = None
    detail: str = ""


def look(path: Path) -> Seen:
    """One look at the file; whatever is wrong with it is an answer."""
    named_wav = path.suffix.casefold() == ".wav"
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return Seen(size=size, named_wav=named_wav, wav=wav.read(file, size))
    except FileNotFoundError:
        return Seen()
    except OSError:
        return Seen(size=0, readable=False, named_wav=named_wav)


def _now() -> datetime:
    return datetime.now(UTC)


class Collector:
    """Brings each recording onto the shelf. `now` and `sleep` are the clock it lives by."""

    def __init__(
        self,
        settings: RecordingsSettings,
        now: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.shelf = Shelf(settings.keep)
        self._settings = settings
        self._now = now
        self._sleep = sleep

    async def collect(self, recording: Recording, stopped: datetime) -> Collected:
        """The recording once it is settled; `stopped` is when its recorder or channel ended.

        Raises OSError when our own copy cannot be written (a full disk): try again later.
        """
        if recording.pbx_path is None:
            return _settle(recording, RecordingState.MISSING, "the PBX named no file")
        try:
            path = await asyncio.to_thread(locate, recording.pbx_path, self._settings.folders)
        except (Outside, OSError) as error:
            return _settle(recording, RecordingState.UNREADABLE, str(error))
        settled = await self._settled(path, stopped)
        if settled.state is not RecordingState.READY:
            return _settle(recording, settled.state)
        try:
            kept = await asyncio.to_thread(self.shelf.keep, path, recording.id, mend=settled.mend)
        except FileNotFoundError:
            return _settle(recording, RecordingState.MISSING, "the file went before it was copied")
        lasts = await asyncio.to_thread(seconds, kept)
        ready = replace(recording, file=str(kept), state=RecordingState.READY)
        return Collected(ready, lasts)

    async def _settled(self, path: Path, stopped: datetime) -> Settled:
        waiting = Waiting(stopped)
        while True:
            seen = await asyncio.to_thread(look, path)
            now = self._now()
            answer = decide(waiting, seen, now, self._settings.patience)
            if isinstance(answer, Settled):
                return answer
            waiting = answer.waiting
            await self._sleep((answer.at - now).total_seconds())


def _settle(recording: Recording, state: RecordingState, detail: str = "") -> Collected:
    return Collected(replace(recording, state=state), detail=detail)
