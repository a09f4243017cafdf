"""Calls that people in Odoo ask for: an activity of one type, on whom is to be called.

Odoo has no door for clicks. Activities it has everywhere, and an activity says who made it. It is
deleted before anybody is called: so no crash calls twice, and who was first has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Final

import structlog

from bridge.crm.limiter import Priority
from bridge.crm.odoo.client import Ask, Client
from bridge.crm.odoo.dictionaries import LEAD, PARTNER, Dictionary
from bridge.crm.odoo.entities import Row, kind_of, moment, numbers, reference
from bridge.crm.odoo.people import People
from bridge.crm.odoo.shapes import done
from bridge.crm.phones import number
from bridge.crm.trouble import Trouble
from bridge.crm.words import UNFULFILLED
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import HookRefused

_ACTIVITY: Final = "mail.activity"
_ASKED: Final = ("res_model", "res_id", "create_uid", "create_date", "summary")
_LIVE: Final = Ask(priority=Priority.LIVE)
_TAKE: Final = Ask(priority=Priority.LIVE, writes=True)

log = structlog.get_logger(__name__)


class Clicks:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, people: People) -> None:
        self._client = client
        self._settings = client.settings
        self._lists = lists
        self._people = people

    async def requests(self) -> AsyncIterator[CallRequest]:
        """Never ends; without a type of activities nobody asks."""
        name = self._settings.click.activity
        if name is None:
            await asyncio.get_running_loop().create_future()
        while True:
            async for request in self._asked(name or ""):
                yield request
            await asyncio.sleep(self._settings.click.poll)

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        raise HookRefused("Odoo posts no clicks: they are activities (docs/odoo.md)")

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> str:
        """Tell whoever asked."""
        if request.user:
            whom = request.number or "a record without a number"
            text = f"The call to {whom} was not made: {UNFULFILLED[why]}."
            await self._people.notify(request.user, text)
        return request.id

    async def _asked(self, name: str) -> AsyncIterator[CallRequest]:
        """Those that somebody still waits for; each handed out as soon as it is taken, for what
        fails after it would lose it."""
        type = int(await self._lists.click_type(name))
        rows = await self._client.rows(
            _ACTIVITY,
            [["activity_type_id", "=", type], ["res_model", "in", [PARTNER, LEAD]]],
            _ASKED,
            order="id",
            ask=_LIVE,
            context={"active_test": True},  # newer versions archive those that are done
        )
        for row in rows:
            request = await self._request(row)
            if not await self._taken(row["id"]):
                continue
            if self._is_late(request):
                await self._too_late(request)
            else:
                yield request

    async def _taken(self, activity: int) -> bool:
        """Whether we have it; where that is not known, nobody is called."""
        try:
            await self._client.call(_ACTIVITY, "unlink", [activity], shape=done, ask=_TAKE)
        except Trouble as error:
            if error.verdict not in (Verdict.REFUSED, Verdict.UNCLEAR):
                raise
            log.warning("click.not_taken", activity=activity, error=error.detail)
            return False
        return True

    async def _request(self, row: Row) -> CallRequest:
        """The number is that of the summary, if it has one, else that of the record."""
        record, said = await self._record(row), row["summary"]
        stored = numbers(record) if record else []
        named = number(said, self._settings.region)
        return CallRequest(
            id=f"activity:{row['id']}",
            kind=RequestKind.CLICK,
            number=named or next(iter(stored), ""),
            user=reference(row["create_uid"]),
            line=None,
            handle=None,
            entity=_entity(row, record),
            asked_at=moment(row["create_date"]) or self._now(),
        )

    async def _record(self, row: Row) -> Row | None:
        model = row["res_model"]
        fields = [*await self._lists.phones(model), "is_company" if model == PARTNER else "type"]
        found = await self._client.rows(model, [["id", "=", row["res_id"]]], fields, _LIVE)
        return found[0] if found else None

    def _is_late(self, request: CallRequest) -> bool:
        return (self._now() - request.asked_at).total_seconds() > self._settings.click.within

    async def _too_late(self, request: CallRequest) -> None:
        try:
            await self.unfulfilled(request, Unfulfilled.TOO_LATE)
        except Trouble as error:
            log.warning("click.not_told", request=request.id, error=error.detail)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._client.time(), UTC)


def _entity(row: Row, record: Row | None) -> EntityRef | None:
    if record is None:
        return None
    if row["res_model"] == PARTNER:
        return EntityRef(kind_of(record), str(record["id"]))
    deal = record["type"] == "opportunity"
    return EntityRef(EntityKind.DEAL if deal else EntityKind.LEAD, str(record["id"]))
