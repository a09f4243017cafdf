"""Callback forms in the store: kept once, dialled at most once, over for good."""

from __future__ import annotations

from datetime import timedelta

from bridge.dialout.ports import FormState
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.messages import Message, Unsaid
from bridge.domain.troubles import TroubleKind
from bridge.storage.callbacks import KEPT, SAME
from bridge.storage.store import Store
from tests.dialout.conftest import NOW, form


async def states(store: Store) -> list[tuple[str, FormState]]:
    return [(each.request.id, each.state) for each in await store.forms(10)]


async def test_a_form_is_kept_once_by_whatever_way_it_comes(store: Store) -> None:
    comes = [
        form(),
        form(),
        form(id="other way", asked_at=NOW + SAME),
        form(id="other number", number="+74950000000"),
        form(id="later", asked_at=NOW + SAME + timedelta(seconds=1)),
    ]
    assert [await store.wait("crm", each, now=NOW) for each in comes] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert (await store.forms(1))[0].request == form()


async def test_what_was_dialled_is_never_kept_again(store: Store) -> None:
    await store.wait("crm", form(), now=NOW)
    assert await store.requested("crm", form(), "order", "+7", now=NOW)
    assert await states(store) == [("r1", FormState.ORDERED)]
    await store.settle_form("crm", "r1", None, now=NOW)
    late = form(asked_at=NOW + timedelta(hours=1))
    assert (await states(store), await store.wait("crm", late, now=NOW)) == ([], False)
    assert not await store.requested("crm", form(), "another", "+7", now=NOW)


async def test_what_was_not_dialled_for_sure_may_be(store: Store) -> None:
    await store.wait("crm", form(), now=NOW)
    await store.requested("crm", form(), "order", "+7", now=NOW)
    await store.put_back("crm", "r1", now=NOW)
    assert await states(store) == [("r1", FormState.WAITING)]
    assert await store.requested("crm", form(), "another", "+7", now=NOW)


async def test_why_a_form_came_to_nothing_is_kept_and_over_is_over(store: Store) -> None:
    await store.wait("crm", form(), now=NOW)
    await store.settle_form("crm", "r1", Unfulfilled.TOO_LATE, now=NOW)
    (untold,) = await store.forms(10)
    assert (untold.state, untold.why) == (FormState.UNTOLD, Unfulfilled.TOO_LATE)
    await store.settle_form("crm", "r1", None, now=NOW)
    await store.settle_form("crm", "r1", Unfulfilled.TOO_LATE, now=NOW)
    assert await store.forms(10) == []


async def test_old_forms_go(store: Store) -> None:
    await store.wait("gone", form(), now=NOW)
    later = NOW + KEPT + timedelta(seconds=1)
    await store.wait("crm", form(id="r2", asked_at=later), now=later)
    assert await states(store) == [("r2", FormState.WAITING)]


async def test_messages_of_a_channel_come_back_in_their_order_until_they_are_said(
    store: Store,
) -> None:
    told = [Message(id=id, title=id, text="x", kind=TroubleKind.LINK) for id in ("b", "a")]
    unsaid = [Unsaid(channel, each, NOW) for each in told for channel in ("mail", "bot")]
    await store.keep_incidents([], lambda kept: unsaid)
    assert await store.unsaid("mail") == told
    await store.said("mail", ["b"])
    assert (await store.unsaid("mail"), await store.unsaid("bot")) == (told[1:], told)
