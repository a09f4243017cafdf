"""While a call rings its card is open at those whose phones ring: real phones, a real daemon."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import select

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.builtin import tables as t
from tests.daemon.desk import Desk, desk_of
from tests.lab.daemon import running_daemon
from tests.lab.office import SALES, Office
from tests.lab.wait import until

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

_NUMBERS = itertools.count(1)


class Cards:
    """The cards in the CRM, read beside the daemon."""

    def __init__(self, desk: Desk, crm: BuiltinCrm) -> None:
        self.desk = desk
        self._crm = crm

    async def open_at(self, number: str, *users: str) -> None:
        """Wait until the card of this client is open at exactly these users."""

        async def look() -> bool:
            return await self._of(number) == set(users)

        await until(look, f"the card of {number} to be open at {users or 'nobody'}")

    async def _of(self, number: str) -> set[str]:
        shown = (
            select(t.SHOWN_TO.c.user)
            .join(t.ANNOUNCEMENTS, t.ANNOUNCEMENTS.c.id == t.SHOWN_TO.c.announcement)
            .where(t.ANNOUNCEMENTS.c.phone == number)
        )
        return set(await self._crm.database.read(lambda c: [row.user for row in c.execute(shown)]))

    async def announced(self) -> set[str]:
        phones = select(t.ANNOUNCEMENTS.c.phone)
        return set(
            await self._crm.database.read(lambda c: [one.phone for one in c.execute(phones)])
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cards(at: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cards]:
    folder = tmp_path_factory.mktemp("cards")
    async with running_daemon(at, folder) as daemon, desk_of(daemon) as desk:
        crm = BuiltinCrm(BuiltinSettings(file=folder / "crm.db", pipelines=()))
        yield Cards(desk, crm)
        await crm.close()


@pytest.fixture
def stranger() -> str:
    return f"+7916124{next(_NUMBERS):04}"


async def test_the_card_follows_the_call_from_ring_to_answer_to_transfer(
    at: Office, cards: Cards, stranger: str
) -> None:
    client = at.outsider(stranger)
    async with at.playing():
        await client.calls(SALES)
        await cards.open_at(stranger, "alice", "bob", "carol")
        await at.alice.answers()
        await client.talks_with(at.alice)
        await cards.open_at(stranger, "alice")
        await at.alice.transfers_to("201")
        await at.dave.rings()
        await cards.open_at(stranger, "alice", "dave")
        await at.dave.answers()
        await client.talks_with(at.dave)
        await cards.open_at(stranger, "dave")
        await client.hangs_up()
    assert (await cards.desk.logged(stranger))["user"] == "dave"
    await cards.open_at(stranger)


async def test_who_calls_out_has_the_card(at: Office, cards: Cards, stranger: str) -> None:
    client = at.outsider(stranger)
    async with at.playing():
        await at.bob.calls(stranger)
        await cards.open_at(stranger, "bob")
        await client.answers()
        await client.talks_with(at.bob)
        await client.hangs_up()


async def test_neither_hidden_clients_nor_calls_inside_the_office_are_announced(
    at: Office, cards: Cards, stranger: str
) -> None:
    before = await cards.announced()
    async with at.playing():
        await at.alice.calls("102")
        await at.bob.answers()
        await at.alice.talks_with(at.bob)
        await at.alice.hangs_up()
    async with at.playing():
        await at.hidden.calls(SALES)
        await at.alice.answers()
        await at.hidden.talks_with(at.alice)
        await at.hidden.hangs_up()
    client = at.outsider(stranger)
    async with at.playing():  # what comes later is announced: so would have been what came before
        await client.calls(SALES)
        await cards.open_at(stranger, "alice", "bob", "carol")
        await client.hangs_up()
    assert await cards.announced() - before == {stranger}
