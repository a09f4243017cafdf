"""The account tells its webhooks: forms with PHP's brackets, every value a string, unsigned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from .problems import Row
from .state import SINGULAR, State

_PATIENCE: Final = ClientTimeout(total=5)
_BRANCH: Final = {"contacts": "contacts", "companies": "contacts", "leads": "leads"}


@dataclass(frozen=True, slots=True)
class Told:
    """`status` None: nobody answered."""

    setting: str
    destination: str
    status: int | None


class Sender:
    """What `State.tell` noted is queued by `gather`; `run` posts it, one after the other."""

    def __init__(self, state: State, changed: Callable[[], Awaitable[None]]) -> None:
        self.told: list[Told] = []
        self._state, self._changed = state, changed
        self._waiting: asyncio.Queue[tuple[str, str, dict[str, str]]] = asyncio.Queue()

    def gather(self) -> None:
        while self._state.happened:
            kind, what, row = self._state.happened.pop(0)
            setting = f"{what}_{SINGULAR[kind]}"
            for hook in self._state.webhooks.values():
                if setting in hook["settings"]:
                    form = dict(_form(self._payload(kind, what, row)))
                    self._waiting.put_nowait((setting, hook["destination"], form))

    async def run(self) -> None:
        async with ClientSession(timeout=_PATIENCE) as session:
            while True:
                setting, destination, form = await self._waiting.get()
                status = await _sent(session, destination, form)
                self.told.append(Told(setting, destination, status))
                await self._changed()

    def _payload(self, kind: str, what: str, row: Row) -> Row:
        told: Row = {"id": row["id"], "name": row["name"], "type": SINGULAR[kind]}
        told |= {name: row[name] for name in ("status_id", "pipeline_id") if name in row}
        told["custom_fields"] = [
            {
                "id": each["field_id"],
                "name": each["field_name"],
                "code": each["field_code"] or "",
                "values": [{"value": value["value"]} for value in each["values"]],
            }
            for each in row["custom_fields_values"] or []
        ]
        account = {"subdomain": self._state.subdomain, "id": self._state.account_id}
        return {_BRANCH[kind]: {what: [told]}, "account": account}


def _form(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _form(each, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        yield from _form(dict(enumerate(value)), name)
    else:
        yield name, str(value)


async def _sent(session: ClientSession, address: str, form: dict[str, str]) -> int | None:
    try:
        async with session.post(address, data=form, allow_redirects=False) as answer:
            return answer.status
    except (ClientError, TimeoutError):
        return None
