"""The rate that a CRM allows this machine, which its processes share: a daemon, a command.

A few bytes in a file of the connector's folder, mapped into memory and locked for the moment of a
look: no request waits for a disk. They say until when the rate is used up (the generic cell rate
algorithm), and until when the CRM asked us to wait, in seconds of the machine's own steady clock,
which begins anew with the machine.
"""

from __future__ import annotations

import asyncio
import mmap
import os
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from struct import Struct
from time import monotonic
from typing import Final

import structlog

_SECONDS: Final = Struct("<d")
_USED: Final = 0  # where they stand in the file
_PAUSED: Final = 8
_SIZE: Final = 16
_SLACK: Final = 1.0  # seconds
_BUSY: Final = 0.001  # seconds until a file that another process looks at is looked at again
_LONGEST_PAUSE: Final = 3600.0  # what asks for more is of the time before the machine's start

log = structlog.get_logger(__name__)


def spent(used_until: float, now: float, rate: float, burst: float) -> tuple[float, float]:
    """One request more: the seconds until it may go (0: now), and until when the rate is used up
    then. What is far beyond the burst is of an earlier start of the machine, or no number."""
    each = 1 / rate
    if not used_until <= now + burst * each + _SLACK:
        used_until = now
    wait = max(0.0, used_until - (burst - 1) * each - now)
    return wait, used_until if wait else max(used_until, now) + each


class SharedRate:
    """`rate` a second, and `burst` at once after a rest, for all who open the same file. Where it
    cannot be opened everybody keeps the rate alone, and the log says so."""

    def __init__(
        self, file: Path, rate: float, burst: float, now: Callable[[], float] = monotonic
    ) -> None:
        self._file = file
        self._rate = rate
        self._burst = burst
        self._now = now
        self._open: tuple[int, mmap.mmap] | None = None
        self._unusable = False

    def pause(self, seconds: float) -> None:
        """Nobody on this machine goes for so long."""
        if (opened := self._opened()) is not None:
            longest = max(seconds, self.waits())
            _SECONDS.pack_into(opened[1], _PAUSED, self._now() + longest)

    def waits(self) -> float:
        """Seconds until the pause that any of us was told of is over."""
        if (opened := self._opened()) is None:
            return 0.0
        left = float(_SECONDS.unpack_from(opened[1], _PAUSED)[0]) - self._now()
        return left if 0 < left < _LONGEST_PAUSE else 0.0

    async def turn(self) -> None:
        """Returns when one request may be sent."""
        while True:
            wait = self._try()
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    def close(self) -> None:
        if self._open is not None:
            handle, content = self._open
            self._open = None
            content.close()
            os.close(handle)

    def _try(self) -> float:
        """Seconds until it is worth another try; 0 when the request may go."""
        if (opened := self._opened()) is None:
            return 0.0
        handle, content = opened
        try:
            flock(handle, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return _BUSY
        try:
            (used_until,) = _SECONDS.unpack_from(content, _USED)
            wait, used_until = spent(used_until, self._now(), self._rate, self._burst)
            _SECONDS.pack_into(content, _USED, used_until)
            return wait
        finally:
            flock(handle, LOCK_UN)

    def _opened(self) -> tuple[int, mmap.mmap] | None:
        if self._open is None and not self._unusable:
            try:
                self._open = _opened(self._file)
            except OSError as error:
                self._unusable = True
                log.warning(
                    "crm.rate_not_shared",
                    file=str(self._file),
                    error=error.strerror,
                    act="let the daemon's user write there; until then each process counts alone",
                )
        return self._open


def _opened(file: Path) -> tuple[int, mmap.mmap]:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(handle).st_size < _SIZE:
            os.truncate(handle, _SIZE)
            # A command that root runs beside the daemon leaves it to the daemon's user.
            owner = file.parent.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)
        return handle, mmap.mmap(handle, _SIZE)
    except OSError:
        os.close(handle)
        raise
