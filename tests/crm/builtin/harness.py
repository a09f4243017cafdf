"""The built-in CRM under contract: its faults are another program's lock and a disk that hangs."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import event

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.builtin.settings import UserSettings
from bridge.domain.ports import Capability
from tests.crm.contract.harness import Fault


class BuiltinHarness:
    name: ClassVar = "builtin"
    capabilities: ClassVar = frozenset(Capability) - {Capability.CLICK}
    faults: ClassVar = frozenset({Fault.SLOW, Fault.BROKEN})

    anna = "anna"
    boris = "boris"
    pipeline = "sales"
    first_stage = "new"
    lost_stage = "lost"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "crm.sqlite"
        self.settings = BuiltinSettings(
            file=self.file,
            timeout=2.0,  # the tests of a slow file wait for it, the others must never
            users=(
                UserSettings(id="anna", name="Анна", extensions=("101",)),
                UserSettings(id="boris", name="Борис", extensions=("102", "202")),
            ),
        )
        self.crm = BuiltinCrm(self.settings)
        self._disk_answers = threading.Event()
        self._disk_answers.set()
        event.listen(self.crm.database.engine, "connect", self._teach_to_hang)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.crm.probe()
        yield
        await self.crm.close()

    @asynccontextmanager
    async def fault(self, fault: Fault) -> AsyncIterator[None]:
        failing = {Fault.SLOW: self._hanging_disk, Fault.BROKEN: self._locked_file}[fault]
        self.crm.database.engine.dispose()  # a fault meets the CRM as it opens its file again
        with failing():
            yield

    @contextmanager
    def _locked_file(self) -> Iterator[None]:
        """Another program keeps the whole file to itself."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode=EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            yield

    @contextmanager
    def _hanging_disk(self) -> Iterator[None]:
        """No statement comes back before the fault is over."""
        self._disk_answers.clear()
        try:
            yield
        finally:
            self._disk_answers.set()

    def _teach_to_hang(self, connection: Any, _record: object) -> None:
        connection.set_progress_handler(self._wait_for_disk, 1)

    def _wait_for_disk(self) -> int:
        self._disk_answers.wait(30)
        return 0
