"""What connectors are put together of that show cards or take clicks, as in `assembled`: parts that
raise Trouble, and what it becomes at the port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from bridge.crm.trouble import Trouble, read, write
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.commands import Outcome
from bridge.domain.ports import LiveCall


class Cards(Protocol):
    async def announce(self, call: LiveCall, key: str) -> str: ...
    async def show(self, handle: str, users: tuple[str, ...]) -> str: ...
    async def hide(self, handle: str, users: tuple[str, ...]) -> str: ...


class ShowsCards:
    """The card of a call in progress."""

    _cards: Cards

    async def announce(self, call: LiveCall, key: str) -> Outcome:
        return await write(self._cards.announce(call, key))

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await write(self._cards.show(handle, users))

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await write(self._cards.hide(handle, users))


class Clicks(Protocol):
    def requests(self) -> AsyncIterator[CallRequest]: ...
    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]: ...
    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> str: ...


class TakesClicks:
    """`CallRequester`: people ask for calls."""

    _clicks: Clicks

    async def requests(self) -> AsyncIterator[CallRequest]:
        try:
            async for request in self._clicks.requests():
                yield request
        except Trouble as error:
            raise error.of_a_read() from error

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        return await read(self._clicks.hooked(headers, body))

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> Outcome:
        return await write(self._clicks.unfulfilled(request, why))
