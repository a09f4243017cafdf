"""Running scripts: at the moments of calls, and when the dialplan asks.

Telling never waits. A script begins soon after its moment or not at all, has its deadline for all
its steps, and does each action once; nothing of it is kept over a restart. What came to nothing is
counted. In one call a script runs `times` times, and all together do `most_actions` actions: so a
script whose transfer is the moment of another never goes round for ever.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.domain.call_events import CallEvent, CallFinished
from bridge.domain.counters import Counters
from bridge.domain.moments import Happened, Progress, Unfolding
from bridge.domain.record import CallRecord, Client, Direction
from bridge.domain.routes import Asked
from bridge.routing.case import Case
from bridge.scripts.actions import ON_THE_CHANNEL, Action, Wanted
from bridge.scripts.carrying import Carrier, Run, Spent
from bridge.scripts.decide import wanted
from bridge.scripts.ports import Addresses, Hands, NotDone, Sight
from bridge.scripts.settings import ASKED, Script, ScriptSettings

LATE: Final = 5.0  # seconds from the moment; what begins later is worth nothing
_MOST_WAITING: Final = 2000  # scripts that have not ended, most of them in their `after`
_AT_ONCE: Final = 50  # scripts at work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    """A script that is to run; `since` is the loop's time of its moment."""

    script: Script
    happened: Happened
    spent: Spent
    since: float


class Scripts:
    """`settings` may be replaced while it works: what begins from then on follows them. `pbx` is
    the one that asks, where there is but one."""

    def __init__(
        self,
        settings: ScriptSettings,
        sight: Sight,
        hands: Hands,
        addresses: Addresses,
        counters: Counters,
        pbx: str = "",
    ) -> None:
        self.settings = settings
        self._pbx = pbx
        self._hands = hands
        self._unfolding = Unfolding()
        self._carrier = Carrier(sight, addresses, counters, self._unfolding.waiting)
        self._spent: dict[str, Spent] = {}
        self._fresh: asyncio.Queue[_Begun] = asyncio.Queue()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._under_way = 0
        self._at_work: set[asyncio.Task[None]] = set()
        self._runs = False
        self._stopping = asyncio.Event()

    def tell(self, event: CallEvent) -> None:
        """Something happened in a call. Returns at once. A call that began when there was no
        script at all stays without."""
        if not self.settings.items and not self._spent:
            return
        happened = self._unfolding.happened(event)
        if happened is not None:
            spent = self._spent.setdefault(happened.record.call_id, Spent())
            for script in wanted(self.settings.items, happened.event) if self._runs else ():
                self._begin(_Begun(script, happened, spent, asyncio.get_running_loop().time()))
        if isinstance(event, CallFinished) and event.record.call_id in self._spent:
            self._spent.pop(event.record.call_id).over.set()

    def stop(self) -> None:
        """`run` returns at once: nothing here outlives its moment."""
        self._stopping.set()

    async def run(self) -> None:
        """What was told before happened to the last process: scripts are not run for it."""
        self._runs = True
        async with asyncio.TaskGroup() as group:
            spawning = group.create_task(self._spawn(group))
            await self._stopping.wait()
            for task in (spawning, *self._at_work):
                task.cancel()

    async def answer(self, name: str, asked: Asked) -> Wanted | None:
        """What the dialplan is to do with this call by the script of this name; None when there is
        no such script for it. What is not for the channel is done at once."""
        script = next((one for one in wanted(self.settings.items, ASKED) if one.name == name), None)
        if script is None:
            return None
        found: list[Action] = []
        in_time = await self._carrier.carry_out(self._asked_run(script, asked, found))
        return Wanted(tuple(found), late=not in_time)

    def _asked_run(self, script: Script, asked: Asked, found: list[Action]) -> Run:
        """What is for the channel goes into `found`, for the dialplan to do."""
        call_id = self._call_of(asked)

        async def do(action: Action, case: Case) -> None:
            if isinstance(action, ON_THE_CHANNEL):
                found.append(action)
            else:
                await self._hands.do(call_id, action, case)

        def now(case: Case) -> Progress:
            return self._unfolding.progress(call_id) or _unheard(call_id, asked, case)

        return Run(
            script=script,
            call_id=call_id,
            id=f"{call_id}/{ASKED}/{script.name}",
            event=ASKED,
            agents=(),
            asked=asked,
            spent=self._spent.get(call_id) or Spent(),
            most=self.settings.most_actions,
            now=now,
            do=do,
        )

    def _call_of(self, asked: Asked) -> str:
        """The id of the call on this channel. The dialplan may ask before the PBX has told of it;
        which PBX asks is then known where there is but one."""
        ending = f"-{asked.uniqueid}"
        known = (call_id for call_id in self._spent if call_id.endswith(ending))
        return next(known, f"{self._pbx}{ending}" if self._pbx else asked.uniqueid)

    def _begin(self, begun: _Begun) -> None:
        runs, script = begun.spent.runs, begun.script
        if runs.get(script.name, 0) >= script.times:
            return
        runs[script.name] = runs.get(script.name, 0) + 1
        if self._under_way >= _MOST_WAITING:
            self._carrier.ended(script, "full")
            return
        self._under_way += 1
        self._fresh.put_nowait(begun)

    async def _spawn(self, group: asyncio.TaskGroup) -> None:
        while True:
            task = group.create_task(self._follow(await self._fresh.get()))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def _follow(self, begun: _Begun) -> None:
        """One script in one call. A fault of ours costs this run alone."""
        script, due = begun.script, begun.since + begun.script.after
        try:
            if script.after and not await _goes_on(begun.spent, due):
                return
            async with self._room:
                if asyncio.get_running_loop().time() - due > LATE:
                    self._carrier.ended(script, "late")
                    return
                await self._carrier.carry_out(self._run_of(begun))
        except Exception:
            log.exception("script.fault", script=script.name, act="report the traceback")
            self._carrier.ended(script, "fault")
        finally:
            self._under_way -= 1

    def _run_of(self, begun: _Begun) -> Run:
        happened, record = begun.happened, begun.happened.record
        call_id = record.call_id

        async def do(action: Action, case: Case) -> None:
            if isinstance(action, ON_THE_CHANNEL) and begun.spent.over.is_set():
                raise NotDone("the call is over")
            await self._hands.do(call_id, action, case)

        return Run(
            script=begun.script,
            call_id=call_id,
            id=f"{happened.id}/{begun.script.name}",
            event=happened.event,
            agents=happened.agents,
            asked=Asked(number=record.client.number, did=record.did),
            spent=begun.spent,
            most=self.settings.most_actions,
            now=lambda case: self._unfolding.progress(call_id) or happened.now,
            do=do,
        )


async def _goes_on(spent: Spent, until: float) -> bool:
    """Whether the call has not ended `until` then, the loop's time."""
    try:
        async with asyncio.timeout_at(until):
            await spent.over.wait()
    except TimeoutError:
        return True
    return False


def _unheard(call_id: str, asked: Asked, case: Case) -> Progress:
    """A call that only the dialplan has told of."""
    record = CallRecord(
        call_id=call_id,
        pbx=call_id.rpartition("-")[0],
        direction=Direction.INBOUND,
        client=Client(number=case.number, raw=asked.number),
        did=case.did,
    )
    return Progress(record=record)
