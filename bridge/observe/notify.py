"""What systemd hears: ready, reloading, alive, stopping (sd_notify(3), without its library)."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog

_MORE_TIME: Final = 30.0  # seconds asked for at a time, below the unit's TimeoutStartSec

log = structlog.get_logger(__name__)


class Notifier:
    """Speaks to NOTIFY_SOCKET; says nothing where there is none."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self.watchdog_seconds = _watchdog(environ)

    @contextmanager
    def starting(self, status: str, seconds: float = _MORE_TIME) -> Iterator[None]:
        """Ask for `seconds` more, again and again, while something lasts that a start waits for:
        a store of millions of calls is not brought up to date within TimeoutStartSec."""
        loop = asyncio.get_running_loop()
        next_time: asyncio.Handle

        def ask() -> None:
            nonlocal next_time
            self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}\nSTATUS={_line(status)}")
            next_time = loop.call_later(seconds / 3, ask)

        next_time = loop.call_soon(ask)
        try:
            yield
        finally:
            next_time.cancel()

    def ready(self, status: str) -> None:
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def status(self, status: str) -> None:
        self._send(f"STATUS={_line(status)}")

    def reloading(self) -> None:
        """To be followed by `ready` (systemd.service(5), Type=notify-reload)."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._send("STOPPING=1\nSTATUS=stopping")

    async def beat(self, alive: Callable[[], bool], status: Callable[[], str]) -> None:
        """Feed the watchdog twice in its time for as long as `alive`, and tell the status.

        Runs on the one event loop, so a blocked loop feeds nothing.
        """
        period = (self.watchdog_seconds or 20.0) / 2
        while True:
            if alive():
                self._send(f"WATCHDOG=1\nSTATUS={_line(status())}")
            else:
                log.error("watchdog.withheld", act="systemd restarts the daemon unless it recovers")
            await asyncio.sleep(period)

    def _send(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("notify.failed", error=str(error), act="see NotifyAccess in the unit")


def _watchdog(environ: Mapping[str, str]) -> float | None:
    """Seconds within which systemd wants a sign of life; None where it does not watch us."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdecimal() else None


def _line(text: str) -> str:
    return " ".join(text.split())
