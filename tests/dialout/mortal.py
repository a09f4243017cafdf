"""A process to be killed: it keeps one callback form and has it called, then it ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from bridge.dialout.dialout import Dialout
from bridge.dialout.forms import Forms
from bridge.dialout.order import Order
from bridge.dialout.ports import Asker, Memory, Place
from bridge.dialout.settings import ClickSettings, RequestSettings
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.counters import NoCounters
from bridge.domain.directory import Directory
from bridge.outbox.clock import SystemClock
from bridge.storage.store import Store, open_store
from tests.dialout.conftest import begins, form

_STEPS: Final = ("wait", "requested", "settle_form", "put_back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """`diary`: a file with a line for each call and each word to whoever asked. `dies_at`: the step
    that is its last."""

    store: str
    diary: Path
    asked_at: datetime
    ahead: timedelta = timedelta()
    dies_at: int | None = None


def live(life: Life) -> None:
    """Returns when the form is over."""
    asyncio.run(_live(life))


async def _live(life: Life) -> None:
    steps = _Steps(life.dies_at)
    async with open_store(life.store, daemon=True) as store:
        clock = SystemClock()
        clock.ahead = life.ahead
        memory = cast(Memory, _MortalMemory(store, steps))
        dialout: Dialout

        async def originate(order: Order) -> Unfulfilled | None:
            steps.next()
            _write(life.diary, "called")
            steps.next()
            asyncio.get_running_loop().call_soon(dialout.expecting.tell, begins(order))
            return None

        async def hear(request: CallRequest, why: Unfulfilled) -> Outcome:
            _write(life.diary, why)
            return Outcome(verdict=Verdict.ACCEPTED)

        place = Place(
            name="pbx",
            settings=ClickSettings(context="out", callbacks="Local/600@in"),
            directory=Directory,
            region=lambda: "RU",
            is_live=lambda: True,
            originate=originate,
        )
        dialout = Dialout([place], memory, clock=clock, counters=NoCounters())
        asker = Asker(name="crm", users=_nobody, unfulfilled=hear, settings=RequestSettings())
        forms = Forms({"crm": asker}, dialout, memory, clock)
        async with asyncio.TaskGroup() as group:
            group.create_task(dialout.run())
            group.create_task(forms.run())
            await forms.keep(asker, form(asked_at=life.asked_at))
            while await store.forms(10):
                await steps.one_more.wait()
                steps.one_more.clear()
            forms.stop()
            dialout.stop()


class _Steps:
    def __init__(self, dies_at: int | None) -> None:
        self._dies_at = dies_at
        self._count = 0
        self.one_more = asyncio.Event()

    def next(self) -> None:
        self._count += 1
        self.one_more.set()
        if self._count == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


class _MortalMemory:
    """The store of a process that dies before or after a certain transaction."""

    def __init__(self, store: Store, steps: _Steps) -> None:
        self._store = store
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in _STEPS:
            return found

        async def mortally(*args: Any, **named: Any) -> Any:
            self._steps.next()
            result = await found(*args, **named)
            self._steps.next()
            return result

        return mortally


def _nobody() -> Mapping[str, str]:
    return {}


def _write(diary: Path, line: str) -> None:
    with diary.open("a") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def now() -> datetime:
    return datetime.now(UTC)
