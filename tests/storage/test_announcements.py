"""What a CRM was told while the call rang, and what people asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.domain.ports import Announced, LiveCall
from bridge.domain.record import Client, Direction
from bridge.storage.store import Store
from tests.dialout.conftest import request

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CALL = LiveCall(
    call_id="pbx-1.1",
    direction=Direction.INBOUND,
    client=Client(number="+79161234567", raw="89161234567", name="Вера"),
    did=None,
    user="u1",
    started_at=NOW,
)
SENT = Announced(key="k", call=CALL, handle=None)


async def test_what_was_sent_is_read_back_as_it_was_with_its_handle(store: Store) -> None:
    assert await store.announcing("crm", "pbx-1.1", SENT, now=NOW)
    assert await store.announced("crm", "pbx-1.1") == SENT
    await store.answered("crm", "pbx-1.1", "h")
    assert await store.announced("crm", "pbx-1.1") == Announced(key="k", call=CALL, handle="h")
    assert await store.announced("erp", "pbx-1.1") is None


async def test_the_first_announcement_of_a_call_stands(store: Store) -> None:
    await store.clicked("crm", "pbx-1.1", "theirs", now=NOW)
    assert not await store.announcing("crm", "pbx-1.1", SENT, now=NOW)
    found = await store.announced("crm", "pbx-1.1")
    assert (found.handle, found.call) == ("theirs", None) if found else False


async def test_a_request_is_new_once_for_each_crm(store: Store) -> None:
    asked = [
        await store.requested(crm, request(), "click-1", "+79161234567", now=NOW)
        for crm in ("crm", "crm", "erp")
    ]
    assert asked == [True, False, True]
    assert len(await store.orders(NOW - timedelta(minutes=1))) == 2
    assert await store.orders(NOW + timedelta(minutes=1)) == []
