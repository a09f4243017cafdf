"""A CRM that is away, or refuses, leaves nothing to the collector of garbage."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.sending import Sending, guarded
from bridge.crm.trouble import Trouble
from bridge.domain.ports import CrmUnavailable
from tests.lab.garbage import left_by
from tests.lab.ports import free_port

Ask = Callable[[], Awaitable[object]]


async def a_file_without_its_tables(folder: Path) -> Ask:
    crm = BuiltinCrm(BuiltinSettings(file=folder / "crm.sqlite"))
    await crm.probe()
    with closing(sqlite3.connect(crm.settings.file)) as file:
        file.execute("DROP TABLE phones")
    return lambda: crm.lookup("+79161234561")


async def writes_that_are_refused_together(folder: Path) -> Ask:
    crm = BuiltinCrm(BuiltinSettings(file=folder / "crm.sqlite"))
    await crm.probe()
    return lambda: asyncio.gather(*(crm.update_contact("404", {"name": "x"}) for _ in range(3)))


async def a_port_where_nobody_listens(folder: Path) -> Ask:
    address = f"http://127.0.0.1:{free_port()}/"

    async def send() -> None:
        async with ClientSession() as session, session.get(address):
            raise AssertionError("somebody listens")

    return lambda: guarded(send, Sending(writes=False), "test", 5)


@pytest.mark.parametrize(
    "away",
    [a_file_without_its_tables, writes_that_are_refused_together, a_port_where_nobody_listens],
)
async def test_a_question_that_fails_makes_no_ring(
    away: Callable[[Path], Awaitable[Ask]], tmp_path: Path
) -> None:
    ask = await away(tmp_path)

    async def asked() -> None:
        with suppress(CrmUnavailable, Trouble):
            await ask()

    assert await left_by(asked) == 0
