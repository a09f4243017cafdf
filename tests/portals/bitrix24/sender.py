"""Events on their way to a handler: form-encoded, each once, with no redelivery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from . import events
from .auth import Auth
from .params import Row

_PATIENCE: Final = ClientTimeout(total=5)


@dataclass(frozen=True, slots=True)
class Told:
    """`status` None: nobody answered."""

    event: str
    handler: str
    status: int | None


def form(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """PHP's nested keys; every scalar is a string."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from form(each, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        yield from form(dict(enumerate(value)), name)
    else:
        yield name, str(value)


class Sender:
    """What happens is queued by `happened`; `run` posts it, one after the other."""

    def __init__(self, auth: Auth, changed: Callable[[], Any]) -> None:
        self.told: list[Told] = []
        self._auth, self._changed = auth, changed
        self._waiting: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue()

    def happened(self, name: str, data: Row) -> None:
        for handler in events.happened(self._auth.state, name, data):
            by_hand = handler["event_type"] == events.HAND_MADE
            user = None if by_hand else handler["auth_type"] or 1
            self.post(handler["handler"], name, data, user)

    def post(self, handler: str, name: str, data: Row, user: int | None = 1) -> None:
        """Queue one event for one address, bound or not; without a user it carries no tokens."""
        payload = {
            "event": name,
            "event_handler_id": 1055,
            "data": data,
            "ts": int(self._auth.state.clock()),
            "auth": self._auth.fixed_block() if user is None else self._auth.block(user),
        }
        self._waiting.put_nowait((handler, dict(form(payload))))

    async def run(self) -> None:
        async with ClientSession(timeout=_PATIENCE) as session:
            while True:
                handler, fields = await self._waiting.get()
                status = await _sent(session, handler, fields)
                self.told.append(Told(fields["event"], handler, status))
                await self._changed()


async def _sent(session: ClientSession, handler: str, fields: dict[str, str]) -> int | None:
    try:
        async with session.post(handler, data=fields, allow_redirects=False) as answer:
            return answer.status
    except (ClientError, TimeoutError):
        return None
