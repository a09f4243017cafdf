"""Routes for tests: what they are told to answer, when they are told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bridge.domain.routes import Asked, Caller, Decision, NotAtHand, RouteStatus

TO_ALICE = Decision(
    status=RouteStatus.OK, owner="101", dial="PJSIP/101", timeout=20, name="Иванов", label="owner"
)
IVANOV = Caller(name="Иванов", company="ООО «Ромашка», г. Тверь")


@dataclass
class Told:
    """Answers as told, at once; `asked` keeps the questions, `hold` delays every answer until it is
    set."""

    decision: Decision = TO_ALICE
    caller: Caller = IVANOV
    sounds: tuple[str, ...] = ()
    fault: Exception | None = None
    hold: asyncio.Event | None = None
    asked: list[Asked] = field(default_factory=list)

    def at_once(self, asked: Asked) -> Decision:
        if self.hold:
            raise NotAtHand
        self._note(asked)
        return self.decision

    async def route(self, asked: Asked) -> Decision:
        await self._take(asked)
        return self.decision

    async def lookup(self, asked: Asked) -> Caller:
        await self._take(asked)
        return self.caller

    async def say(self, asked: Asked) -> tuple[str, ...]:
        await self._take(asked)
        return self.sounds

    async def _take(self, asked: Asked) -> None:
        if self.hold:
            self.asked.append(asked)
            await self.hold.wait()
            return
        self._note(asked)

    def _note(self, asked: Asked) -> None:
        self.asked.append(asked)
        if self.fault:
            raise self.fault
