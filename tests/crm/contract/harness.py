"""Harness: a CRM of one kind with known people in it, and the faults it can be put into."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

from bridge.domain.ports import Capability, Crm


class Fault(StrEnum):
    SLOW = "slow"  # takes the request and does not answer within the connector's deadline
    BROKEN = "broken"  # 5xx, a locked file: nothing was done, later it will work
    QUOTA = "quota"  # 429, with Retry-After: 7
    LOGIN = "login"  # 401


class Harness(Protocol):
    """`crm` is empty but for the users `anna` (101) and `boris` (102, 202), under the ids that
    `anna` and `boris` name, and an open pipeline `pipeline` with a first stage `first_stage` and
    a stage `lost_stage` that closes the deal. One that takes recordings by their address alone says
    `links_only = True`."""

    name: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    faults: ClassVar[frozenset[Fault]]

    @property
    def crm(self) -> Crm: ...

    anna: str
    boris: str
    pipeline: str
    first_stage: str
    lost_stage: str

    def __init__(self, folder: Path) -> None: ...
    def running(self) -> AbstractAsyncContextManager[None]: ...
    def fault(self, fault: Fault) -> AbstractAsyncContextManager[None]: ...
