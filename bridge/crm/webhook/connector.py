"""A webhook as a destination: the outbox gives it order, retry and parking as it does any CRM."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bridge.crm.webhook.events import facts, facts_of
from bridge.crm.webhook.listener import Listener
from bridge.crm.webhook.live import Live
from bridge.crm.webhook.post import Poster, Request
from bridge.crm.webhook.settings import WebhookCrmSettings, secrets_of
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.entities import EntityRef
from bridge.domain.moments import Event, Happened
from bridge.domain.ports import Announced, Capability, Probe
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.domain.signature import headers
from bridge.texts.sample import BARE
from bridge.texts.templates import Condition, Template

CAPABILITIES: Final = frozenset({Capability.CALLS, Capability.RECORDINGS})

# The result of a call that `when` does not want: its recordings are not wanted either.
_PASSED: Final = "not wanted: "


class WebhookCrm(Listener):
    """One receiver. Its event id is the key of the outbox, the same in every repeat."""

    def __init__(self, settings: WebhookCrmSettings) -> None:
        self.name = settings.name
        self.settings = settings
        self.live = Live(settings.name, self._happened, settings.live_within)
        self._url = Template(settings.url)
        self._body = Template(settings.body) if settings.body is not None else None
        self._headers = {name: Template(text) for name, text in settings.headers.items()}
        self._when = Condition(settings.when) if settings.when else None
        self._poster = Poster(settings.timeout)

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        told = facts(Event.FINISHED, record.to_json())
        try:
            if not self._wants(told):
                return _accepted(_PASSED + record.call_id)
        except ValueError as error:
            return _wrong(error)
        if Event.FINISHED not in self.settings.events:
            return _accepted(record.call_id)
        return await self._send(told, told["record"], key, record.call_id)

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        if call.startswith(_PASSED) or Event.RECORDING not in self.settings.events:
            return _accepted(recording.id)
        # Our own path is no business of the receiver's; an address is.
        shown = replace(
            recording,
            file=file if isinstance(file, str) else None,
            state=RecordingState.READY,
        )
        record = replace(BARE, call_id=call, recordings=(shown,)).to_json()
        body = {"call_id": call, "recording": record["recordings"][0]}
        return await self._send(facts(Event.RECORDING, record), body, key, recording.id)

    async def probe(self) -> Probe:
        """A receiver has no address to ask: what it can do is what we send."""
        return Probe(capabilities=CAPABILITIES)

    async def close(self) -> None:
        await self._poster.close()

    async def _happened(self, happened: Happened) -> Outcome | None:
        if happened.event not in self.settings.events:
            return None
        told = facts_of(happened)
        try:
            if not self._wants(told):
                return None
        except ValueError as error:
            return _wrong(error)
        body = {**told["record"], "agents": told["agents"]}
        return await self._send(told, body, f"{self.name}/{happened.id}", happened.id)

    def _wants(self, told: dict[str, Any]) -> bool:
        return self._when is None or self._when.holds(told)

    async def _send(self, told: dict[str, Any], body: object, id: str, result: str) -> Outcome:
        try:
            request = self._request(told, body, id)
        except ValueError as error:
            return _wrong(error)
        said = await self._poster.send(request)
        return replace(said, result=result) if said.verdict is Verdict.ACCEPTED else said

    def _request(self, told: dict[str, Any], body: object, id: str) -> Request:
        text = self._body.render(told) if self._body else json.dumps(body, ensure_ascii=False)
        content = text.encode("utf-8", "replace")
        secrets = tuple(secrets_of(self.settings))
        own = {name: _line(value.render(told)) for name, value in self._headers.items()}
        signed = headers(secrets, told["event"], _line(id), content, datetime.now(UTC))
        return Request(
            url=self._url.render(told),
            body=content,
            method=self.settings.method,
            headers={"Content-Type": self.settings.content_type, **own, **signed},
        )


def _accepted(result: str) -> Outcome:
    return Outcome(verdict=Verdict.ACCEPTED, result=result)


def _wrong(error: ValueError) -> Outcome:
    return Outcome(verdict=Verdict.REFUSED, detail=f"a template failed: {error}")


def _line(text: str) -> str:
    """A caller's name must not begin a header of its own."""
    return "".join(char if char.isprintable() else " " for char in text)
