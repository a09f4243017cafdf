"""A question to a database, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import pytest

from bridge.scripts.actions import Answer, Query
from bridge.scripts.querying import Databases
from tests.lab.postgres import Server

DEBTS: Final = """
CREATE TABLE debts (phone text, sum numeric(10, 2), since date, late boolean);
INSERT INTO debts VALUES ('+79161234567', 5.5, '2026-11-18', true), ('+79161234568', 7, null, null)
"""
BY_PHONE: Final = "SELECT sum, since, late FROM debts WHERE phone = :phone"
NASTY: Final = "'; DROP TABLE debts; --"


@pytest.fixture(scope="module")
def erp(postgres_server: Server) -> Iterator[str]:
    """The address of a company's own database."""
    url = postgres_server.make("erp")

    async def fill() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(DEBTS)
        await connection.close()

    asyncio.run(fill())
    yield url
    postgres_server.drop("erp")


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[Databases]:
    databases = Databases()
    databases.urls = {"erp": url}
    yield databases
    await databases.close()


def query(sql: str, timeout: float = 5.0, **values: str) -> Query:
    return Query("debt", "erp", sql, values, timeout)


ROWS: dict[str, tuple[Query, Any]] = {
    "a row": (
        query(BY_PHONE, phone="+79161234567"),
        [{"sum": 5.5, "since": "2026-11-18", "late": True}],
    ),
    "nothing": (query(BY_PHONE, phone="+79160000000"), []),
    "no more than fifty": (
        query("SELECT n FROM generate_series(1, 1000) AS n"),
        [{"n": n} for n in range(1, 51)],
    ),
    "a number": (
        query("SELECT phone FROM debts WHERE sum = CAST(:sum AS numeric)", sum="7"),
        [{"phone": "+79161234568"}],
    ),
    "a value is never SQL": (query(BY_PHONE, phone=NASTY), []),
}


@pytest.mark.proves("S2-37")
@pytest.mark.parametrize(("question", "rows"), ROWS.values(), ids=ROWS)
async def test_an_answer(erp: str, question: Query, rows: Any) -> None:
    async with asking(erp) as databases:
        assert await databases.ask(question) == Answer(ok=True, json=rows)


@pytest.mark.parametrize(
    "question",
    [
        query("DELETE FROM debts"),
        query("CREATE TABLE other (a int)"),
        query("SELECT nonsense"),
        query("SELECT 1 / 0"),
        query("SELECT repeat('x', 100000) AS long"),
        query("SELECT pg_sleep(60)", timeout=0.2),
    ],
    ids=["deletes", "creates", "no such column", "an error", "too long", "late"],
)
async def test_what_is_no_answer_leaves_the_next_question_alone(erp: str, question: Query) -> None:
    async with asking(erp) as databases:
        none = await databases.ask(question)
        rows = await databases.ask(query("SELECT count(*) AS debts FROM debts"))
    assert (none, rows.json) == (Answer(), [{"debts": 2}])


async def test_more_questions_that_hang_than_connections_leave_it_answering(erp: str) -> None:
    async with asking(erp) as databases:
        hang = [databases.ask(query("SELECT pg_sleep(60)", timeout=0.2)) for _ in range(10)]
        await asyncio.gather(*hang)
        assert (await databases.ask(query("SELECT 1 AS one"))).json == [{"one": 1}]


async def test_a_server_that_says_nothing_is_left_in_time() -> None:
    async def hear_out(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        await client.read()
        to_client.close()

    silent = await asyncio.start_server(hear_out, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, asking(f"postgresql://x@127.0.0.1:{port}/erp") as databases:
        assert await databases.ask(query("SELECT 1", timeout=0.1)) == Answer()


async def test_after_a_restart_of_the_server_it_answers_again(
    postgres_server: Server, erp: str
) -> None:
    async with asking(erp) as databases:
        await databases.ask(query("SELECT 1"))
        await asyncio.to_thread(postgres_server.stop)
        try:
            gone = await databases.ask(query("SELECT 1"))
        finally:
            await asyncio.to_thread(postgres_server.start)
        back = await databases.ask(query("SELECT 1 AS one"))
    assert (gone, back.json) == (Answer(), [{"one": 1}])


async def test_nobody_listens() -> None:
    async with asking("postgresql://x@127.0.0.1:1/erp") as databases:
        assert await databases.ask(query("SELECT 1")) == Answer()
