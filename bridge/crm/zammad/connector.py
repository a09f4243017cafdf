"""Zammad as a destination: newCall and answer as they happen, hangup with the finished call.

An agent looks at Zammad's caller log while the phone rings, so a minute late is too late for all
three. The hangup goes through the outbox, so that within its minute neither a fault nor a restart
leaves a call ringing there for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from bridge.crm.webhook.listener import Listener
from bridge.crm.webhook.live import Live
from bridge.crm.webhook.post import Poster, Request
from bridge.crm.zammad.messages import Message, answer, hangup, new_call
from bridge.crm.zammad.settings import ZammadSettings
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.entities import EntityRef
from bridge.domain.moments import Event, Happened
from bridge.domain.ports import Announced, Capability, Probe
from bridge.domain.record import CallRecord

CAPABILITIES: Final = frozenset({Capability.CALLS})

_USEFUL: Final = timedelta(minutes=1)
_LIVE: Final = 10.0  # seconds
_MOST_BEGUN: Final = 10_000
_LATER: Final = 1.0  # seconds until the call's earlier events are through
_CONTENT_TYPES: Final = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


def _now() -> datetime:
    return datetime.now(UTC)


class Zammad(Listener):
    """One Zammad, or another product that listens in its way."""

    def __init__(self, settings: ZammadSettings, now: Callable[[], datetime] = _now) -> None:
        self.name = settings.name
        self.settings = settings
        self.live = Live(settings.name, self._happened, _LIVE)
        self._now = now
        self._poster = Poster(settings.timeout)
        self._begun: dict[str, None] = {}  # calls whose newCall Zammad took

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        done = Outcome(verdict=Verdict.ACCEPTED, result=record.call_id)
        if self._late(record):
            self._begun.pop(record.call_id, None)
            return replace(done, detail="too late for a caller log")
        if self.live.pending(record.call_id):
            return Outcome(verdict=Verdict.TRY_LATER, retry_after=_LATER, detail="it still rings")
        said = await self._send(hangup(record, user, self.settings.names))
        if said.verdict is Verdict.REFUSED and record.call_id not in self._begun:
            return replace(done, detail="Zammad does not know this call")
        if said.verdict is not Verdict.ACCEPTED:
            return said
        self._begun.pop(record.call_id, None)
        return done

    async def probe(self) -> Probe:
        """Zammad's CTI address answers to events only."""
        return Probe(capabilities=CAPABILITIES)

    async def close(self) -> None:
        await self._poster.close()

    async def _happened(self, happened: Happened) -> Outcome | None:
        record = happened.record
        if happened.event is Event.STARTED:
            said = await self._send(new_call(record))
            if said.verdict is Verdict.ACCEPTED:
                self._begin(record.call_id)
            return said
        if happened.event is Event.ANSWERED and record.call_id in self._begun:
            return await self._send(answer(record, happened.agents[0], self.settings.names))
        return None

    def _begin(self, call_id: str) -> None:
        if len(self._begun) >= _MOST_BEGUN:
            del self._begun[next(iter(self._begun))]
        self._begun[call_id] = None

    def _late(self, record: CallRecord) -> bool:
        return record.ended_at is not None and self._now() - record.ended_at > _USEFUL

    async def _send(self, message: Message) -> Outcome:
        encoding = self.settings.encoding
        return await self._poster.send(
            Request(
                url=self.settings.endpoint.get_secret_value(),
                body=_encoded(message, encoding),
                headers={"Content-Type": _CONTENT_TYPES[encoding]},
            )
        )


def _encoded(message: Message, encoding: str) -> bytes:
    """In a form a list has `[]` behind its name, even of one."""
    if encoding == "json":
        return json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
    named = {k + "[]" if isinstance(v, list) else k: v for k, v in message.items()}
    return urlencode(named, doseq=True, errors="replace").encode()
