"""What dialout needs of others: a PBX that can be told to dial, and a memory of what was asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.dialout.order import Order
from bridge.dialout.settings import ClickSettings, RequestSettings
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.commands import Outcome
from bridge.domain.directory import Directory


class NotSent(Exception):
    """The PBX was not told to dial; the text says why, and what to do."""


class FateUnknown(Exception):
    """The PBX was told to dial, and did not say what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An order of an earlier moment. `client` is E.164."""

    destination: str
    order: str
    client: str
    handle: str | None


class Memory(Protocol):
    """The store's part. All raise StoreUnavailable."""

    async def requested(
        self, destination: str, request: CallRequest, order: str, client: str, *, now: datetime
    ) -> bool:
        """Keep that this was asked, and the id of the order made of it. False: it was before."""
        ...

    async def orders(self, since: datetime) -> list[Kept]: ...

    async def clicked(self, destination: str, call_id: str, handle: str, *, now: datetime) -> None:
        """This call is the one that the CRM announced under this handle."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One PBX that makes calls. `originate` rings the agent's phone: None once it was taken up.
    It raises NotSent or FateUnknown. `directory`, `region` and `is_live` are of now."""

    name: str
    settings: ClickSettings
    directory: Callable[[], Directory]
    region: Callable[[], str]
    is_live: Callable[[], bool]
    originate: Callable[[Order], Awaitable[Unfulfilled | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Where requests come from: a destination, or our own API. `users` is extension to user, of
    now; `unfulfilled` tells whoever asked."""

    name: str
    users: Callable[[], Mapping[str, str]]
    unfulfilled: Callable[[CallRequest, Unfulfilled], Awaitable[Outcome]]
    settings: RequestSettings
