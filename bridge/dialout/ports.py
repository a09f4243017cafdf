"""What dialout needs of others: a PBX that can be told to dial, and a memory of what was asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bridge.dialout.order import Order
from bridge.dialout.settings import ClickSettings, RequestSettings
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.commands import Outcome
from bridge.domain.directory import Directory


class NotSent(Exception):
    """The PBX was not told to dial; the text says why, and what to do."""


class NotNow(NotSent):
    """The PBX was not there to be told: what may wait is told to it again."""


class FateUnknown(Exception):
    """The PBX was told to dial, and did not say what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An order of an earlier moment. `id` is the request's, `client` is E.164."""

    destination: str
    id: str
    order: str
    client: str
    handle: str | None


class FormState(StrEnum):
    WAITING = "waiting"  # for a PBX
    ORDERED = "ordered"  # it was or may have been dialled: never again
    UNTOLD = "untold"  # it came to nothing, and whoever asked has not heard of it yet
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A callback form that is not over. `why` where it is untold."""

    destination: str
    request: CallRequest
    state: FormState
    changed_at: datetime
    why: Unfulfilled | None = None


class Memory(Protocol):
    """The store's part. All raise StoreUnavailable."""

    async def requested(
        self, destination: str, request: CallRequest, order: str, client: str, *, now: datetime
    ) -> bool:
        """Keep that this was asked, and the id of the order made of it. False: it was before. A
        form is ordered from now."""
        ...

    async def orders(self, since: datetime) -> list[Kept]: ...

    async def wait(self, destination: str, form: CallRequest, *, now: datetime) -> bool:
        """Keep a callback form until it is settled. False: it is kept, or was dialled already."""
        ...

    async def forms(self, limit: int) -> list[Form]:
        """Those that are not over, the oldest first."""
        ...

    async def put_back(self, destination: str, id: str, *, now: datetime) -> None:
        """The form was ordered, and for sure never dialled: it waits again."""
        ...

    async def settle_form(
        self, destination: str, id: str, why: Unfulfilled | None, *, now: datetime
    ) -> None:
        """The form was called, or whoever asked was told; with `why` there is somebody to tell."""
        ...

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
    now; `unfulfilled` tells whoever asked, `answering` that the client of a form is dialled."""

    name: str
    users: Callable[[], Mapping[str, str]]
    unfulfilled: Callable[[CallRequest, Unfulfilled], Awaitable[Outcome]]
    settings: RequestSettings
    answering: Callable[[CallRequest], None] = lambda request: None
