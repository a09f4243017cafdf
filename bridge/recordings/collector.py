"""Collect the recording of a finished call: look, wait, copy, convert. All effects are here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from bridge.domain.record import Recording, RecordingState
from bridge.recordings.convert import Converter
from bridge.recordings.ready import Seen, Settled, Waiting, decide, now_ready
from bridge.recordings.shelf import Shelf, append, mend
from bridge.recordings.source import Source, SourceFailed
from bridge.recordings.threads import DiskThreads

# What a person reads where nothing says more.
_WORDS = {
    RecordingState.MISSING: "the PBX never wrote the file, or it was deleted",
    RecordingState.EMPTY: "the file has no sound: nobody talked while it was recorded",
    RecordingState.UNREADABLE: "the file is damaged",
}


@dataclass(frozen=True, slots=True)
class Collected:
    """`recording` with its final state and, when ready, its copy in `file`. `detail` says in words
    what a person should know: why there is none, or why it is not as was asked for."""

    recording: Recording
    detail: str = ""


class _Lost(Exception):
    """There is nothing to keep: `settled` is the answer."""

    def __init__(self, state: RecordingState, detail: str = "") -> None:
        super().__init__(detail)
        self.state = state
        self.detail = detail or _WORDS.get(state, "")


def _now() -> datetime:
    return datetime.now(UTC)


class Collector:
    """Brings each recording onto the shelf. `now` and `sleep` are the clock it lives by."""

    def __init__(
        self,
        source: Source,
        shelf: Shelf,
        converter: Converter,
        now: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.shelf = shelf
        self.source = source
        self.disk = DiskThreads()
        self._converter = converter
        self._now = now
        self._sleep = sleep

    async def collect(self, recording: Recording, stopped: datetime) -> Collected:
        """The recording once it is settled; `stopped` is when its recorder or channel ended.

        Raises OSError when our own copy cannot be written (a full disk): try again later.
        """
        parts: list[Path] = []
        try:
            if not recording.sides:
                raise _Lost(RecordingState.MISSING, "the PBX named no file")
            for path in recording.sides:
                found = await self._settled(path, stopped)
                parts.append(await self._copy(path, *found))
            made = await self._converter.make(parts, self.shelf, self.disk)
            parts.append(made.file)
            kept = await self.disk.run(self.shelf.place, made.file, recording.id)
        except _Lost as lost:
            return Collected(replace(recording, state=lost.state), lost.detail)
        finally:
            await self._clear(parts)
        ready = replace(recording, file=str(kept), state=RecordingState.READY)
        return Collected(ready, made.note)

    async def is_there_now(self, recording: Recording) -> bool:
        """Whether a recording that was given up for lost could be collected. One look."""
        seen = [await self.source.look(path) for path in recording.sides]
        return bool(seen) and all(now_ready(each, self.source.patience) for each in seen)

    async def _settled(self, path: str, stopped: datetime) -> tuple[Settled, Seen]:
        waiting = Waiting(stopped)
        while True:
            seen = await self.source.look(path)
            now = self._now()
            answer = decide(waiting, seen, now, self.source.patience)
            if isinstance(answer, Settled):
                return answer, seen
            waiting = answer.waiting
            await self._sleep((answer.at - now).total_seconds())

    async def _copy(self, path: str, settled: Settled, seen: Seen) -> Path:
        """A whole copy on the shelf's desk. Raises _Lost, or OSError of our own disk."""
        if settled.state is not RecordingState.READY:
            raise _Lost(settled.state, seen.detail)
        part = await self.disk.run(self.shelf.part, PurePosixPath(path).suffix)
        try:
            await self._fill(part, path, seen.size or 0)
            if settled.mend:
                await self.disk.run(mend, part)
        except BaseException:
            await self._clear([part])
            raise
        return part

    async def _fill(self, part: Path, path: str, size: int) -> None:
        got = 0
        try:
            async for data in self.source.read(path):
                await self.disk.run(append, part, data)
                got += len(data)
        except FileNotFoundError as error:
            raise _Lost(RecordingState.MISSING, "the file went before it was copied") from error
        except SourceFailed as error:
            raise _Lost(RecordingState.UNREADABLE, str(error)) from error
        if got != size:
            cut = f"only {got} of {size} bytes came; it is tried again"
            raise _Lost(RecordingState.UNREADABLE, cut)

    async def _clear(self, parts: list[Path]) -> None:
        for part in parts:
            await self.disk.run(part.unlink, missing_ok=True)
