"""What is posted to our address: clicks in the widget that we ship, and what has changed there.

The widget runs in the browser of whoever clicked, so it proves itself by a token of its own. The
account's webhooks are not signed: all they do is have us read again what they name.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from bridge.crm.amocrm.client import Client
from bridge.crm.amocrm.entities import is_id
from bridge.crm.amocrm.index import Index
from bridge.crm.amocrm.people import People
from bridge.crm.php import as_list, as_map, form
from bridge.crm.words import UNFULFILLED
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import HookRefused

_FORGOTTEN: Final = 60.0  # seconds
_LONGEST: Final = 64  # characters of an id or a number
_WORDS: Final = {
    **UNFULFILLED,
    Unfulfilled.NO_EXTENSION: "you have no extension; it is written under `extensions`",
}


class Clicks:
    def __init__(self, client: Client, index: Index, people: People) -> None:
        self._client = client
        self._settings = client.settings
        self._index = index
        self._people = people
        self._seen: dict[tuple[str, str], float] = {}  # who and whom → when
        self._ids: dict[str, float] = {}

    async def requests(self) -> AsyncIterator[CallRequest]:
        """The account keeps no queue: clicks come by `hooked` alone."""
        await asyncio.get_running_loop().create_future()
        yield  # type: ignore[misc]

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        """What one POST asks for. Raises HookRefused."""
        asked = _json(body)
        if asked is None:
            self._changed(form(body))
            return ()
        self._check(headers)
        request = self._request(asked)
        return () if self._is_repeat(request) else (request,)

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> str:
        """Tell whoever clicked. Raises Trouble."""
        if request.user:
            text = f"The call to {request.number} was not made: {_WORDS[why]}."
            await self._people.notify(request.user, text)
        return request.id

    def _check(self, headers: Mapping[str, str]) -> None:
        token = self._settings.click.token
        if token is None:
            raise HookRefused("click.token is not set: clicks cannot be believed")
        given = {name.casefold(): value for name, value in headers.items()}.get("authorization", "")
        wanted = f"Bearer {token.get_secret_value()}".encode()
        if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted):
            raise HookRefused("the widget says another token: see click.token and its settings")

    def _request(self, asked: Mapping[str, Any]) -> CallRequest:
        user, number = str(asked.get("user") or ""), str(asked.get("number") or "")
        id = str(asked.get("id") or token_hex(8))
        if not user.isdecimal() or not number or max(map(len, (user, number, id))) > _LONGEST:
            raise HookRefused("a click names `user`, an id, and `number`")
        return CallRequest(
            id=id,
            kind=RequestKind.CLICK,
            number=number,
            user=user,
            line=None,
            handle=None,
            entity=None,
            asked_at=datetime.fromtimestamp(self._client.now(), UTC),
        )

    def _is_repeat(self, request: CallRequest) -> bool:
        now = self._client.now()
        self._seen = {who: at for who, at in self._seen.items() if now - at < _FORGOTTEN}
        self._ids = {id: at for id, at in self._ids.items() if now - at < _FORGOTTEN}
        who = (request.user or "", request.number)
        last = self._seen.get(who)
        again = last is not None and now - last < self._settings.click.repeat
        known = request.id in self._ids
        self._seen[who] = self._ids[request.id] = now
        return again or known

    def _changed(self, told: Mapping[str, Any]) -> None:
        """Which entities the account names; what cannot be read is nothing."""
        refs = [
            EntityRef(kind, str(as_map(row).get("id")))
            for branch, usual in _BRANCHES.items()
            for rows in as_map(told.get(branch)).values()
            for row in as_list(rows)
            if (kind := _kind(as_map(row), usual)) and is_id(str(as_map(row).get("id")))
        ]
        self._index.touch(refs)


_BRANCHES: Final = {
    "contacts": EntityKind.CONTACT,
    "companies": EntityKind.COMPANY,
    "leads": EntityKind.LEAD,
}


def _kind(row: Mapping[str, Any], usual: EntityKind) -> EntityKind:
    """Companies are told of among the contacts."""
    return EntityKind.COMPANY if row.get("type") == "company" else usual


def _json(body: bytes) -> Mapping[str, Any] | None:
    """None for what is no JSON object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
