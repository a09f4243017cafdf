"""Each switch of the portal: what a client sees, and whether the write was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.portals.bitrix24 import Kind, Portal
from tests.portals.bitrix24.asking import Asking

ADD = "crm.lead.add"
LEAD = {"TITLE": "x"}


async def add(ask: Asking) -> tuple[int, object]:
    answer = await ask(ADD, fields=LEAD)
    return answer.status, answer.body.get("error")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Kind.SERVER_ERROR, (500, "INTERNAL_SERVER_ERROR")),
        (Kind.UNEXPECTED_ANSWER, (500, "ERROR_UNEXPECTED_ANSWER")),
        (Kind.OVERLOAD, (503, "OVERLOAD_LIMIT")),
        (Kind.QUERY_LIMIT, (503, "QUERY_LIMIT_EXCEEDED")),
        (Kind.OPERATION_LIMIT, (429, "OPERATION_TIME_LIMIT")),
        (Kind.EXPIRED, (401, "expired_token")),
        (Kind.INVALID_TOKEN, (401, "invalid_token")),
        (Kind.DENIED, (403, "ACCESS_DENIED")),
        (Kind.WRONG_AUTH_TYPE, (403, "WRONG_AUTH_TYPE")),
        (Kind.PAYMENT_REQUIRED, (401, "PAYMENT_REQUIRED")),
        (Kind.PORTAL_DELETED, (500, "PORTAL_DELETED")),
    ],
)
async def test_an_error_is_answered_and_nothing_is_written(
    portal: Portal, ask: Asking, kind: Kind, answer: tuple[int, str]
) -> None:
    portal.fault(kind, ADD)
    assert await add(ask) == answer
    assert portal.leads == {}
    assert await add(ask) == (200, None)


@pytest.mark.parametrize("applied", [False, True])
async def test_a_connection_is_cut_before_or_after_the_write(
    portal: Portal, ask: Asking, applied: bool
) -> None:
    portal.fault(Kind.CUT, ADD, applied=applied)
    with pytest.raises(ClientError):
        await add(ask)
    assert len(portal.leads) == applied


@pytest.mark.parametrize("applied", [False, True])
async def test_an_answer_may_never_come(portal: Portal, ask: Asking, applied: bool) -> None:
    portal.fault(Kind.SLOW, ADD, applied=applied)
    async with ClientSession(timeout=ClientTimeout(total=0.2)) as session:
        with pytest.raises(TimeoutError):
            await Asking(portal, session)(ADD, fields=LEAD)
    assert len(portal.leads) == applied


@pytest.mark.parametrize(
    ("kind", "status", "spoilt"),
    [
        (Kind.HTML, 200, lambda text: text.startswith("<html>")),
        (Kind.BAD_GATEWAY, 502, lambda text: text.startswith("<html>")),
        (Kind.BROKEN_JSON, 200, lambda text: text.startswith('{"result"') and text[-1] != "}"),
    ],
)
@pytest.mark.parametrize("applied", [False, True])
async def test_a_body_may_be_no_json(
    portal: Portal,
    ask: Asking,
    kind: Kind,
    status: int,
    spoilt: Callable[[str], bool],
    applied: bool,
) -> None:
    portal.fault(kind, ADD, applied=applied)
    given = {"auth": ask.tokens.access_token, "fields": LEAD}
    async with ask.session.post(f"{portal.url}/rest/{ADD}", json=given) as answer:
        assert (answer.status, spoilt(await answer.text())) == (status, True)
    assert len(portal.leads) == applied


async def test_a_list_may_be_empty_all_at_once(portal: Portal, ask: Asking) -> None:
    portal.fault(Kind.EMPTY, "user.get")
    assert ((await ask("user.get")).result, len((await ask("user.get")).result)) == ([], 1)


async def test_a_fault_of_one_method_leaves_the_others_alone(portal: Portal, ask: Asking) -> None:
    portal.fault(Kind.SERVER_ERROR, ADD, times=None)
    assert (await ask("scope")).status == 200
    assert (await add(ask))[0] == 500


async def test_a_fault_of_all_methods_lasts_until_it_is_lifted(portal: Portal, ask: Asking) -> None:
    fault = portal.fault(Kind.SERVER_ERROR, times=None)
    assert [(await ask("scope")).status for _ in range(3)] == [500] * 3
    fault.lift()
    assert ((await ask("scope")).status, fault.struck) == (200, 3)


async def test_every_second_request_is_refused(portal: Portal, ask: Asking) -> None:
    portal.fault(Kind.OPERATION_LIMIT, times=None, every=2)
    statuses = [(await ask("scope")).status for _ in range(6)]
    assert statuses == [200, 429, 200, 429, 200, 429]


async def test_a_batch_is_cut_when_one_of_its_methods_is(portal: Portal, ask: Asking) -> None:
    portal.fault(Kind.CUT, ADD, applied=True)
    with pytest.raises(ClientError):
        await ask("batch", cmd={"a": f"{ADD}?fields[TITLE]=x", "b": "scope"})
    assert len(portal.leads) == 1


async def test_a_method_is_refused_within_a_batch(portal: Portal, ask: Asking) -> None:
    portal.fault(Kind.OPERATION_LIMIT, ADD)
    batch = await ask.batch({"a": f"{ADD}?fields[TITLE]=x", "b": f"{ADD}?fields[TITLE]=x"})
    assert batch["result_error"]["a"]["error"] == "OPERATION_TIME_LIMIT"
    assert (set(batch["result"]), len(portal.leads)) == ({"b"}, 1)


async def test_a_portal_that_is_down_refuses_and_comes_up_where_it_was(
    portal: Portal, ask: Asking
) -> None:
    url = portal.url
    await portal.go_down()
    with pytest.raises(ClientError):
        await add(ask)
    await portal.come_up()
    assert (portal.url, await add(ask)) == (url, (200, None))


async def test_going_down_ends_what_is_under_way(portal: Portal, ask: Asking) -> None:
    portal.fault(Kind.SLOW, ADD)

    async def asked() -> None:
        with pytest.raises(ClientError):
            await add(ask)

    async with asyncio.TaskGroup() as group:
        group.create_task(asked())
        await portal.until(lambda: portal.received(ADD) == 1)
        await portal.go_down()


async def test_the_refresh_of_tokens_fails_by_a_switch_of_its_own(
    portal: Portal, ask: Asking
) -> None:
    portal.fault(Kind.SERVER_ERROR, "oauth.token")
    answer = await ask.get(f"{portal.url}/oauth/token/", grant_type="refresh_token")
    assert answer.status == 500
    assert (await ask("scope")).status == 200


async def test_what_fails_for_every_method_leaves_the_refresh_of_tokens_alone(
    portal: Portal, ask: Asking
) -> None:
    portal.fault(Kind.SERVER_ERROR)
    answer = await ask.get(f"{portal.url}/oauth/token/", grant_type="refresh_token")
    assert answer.body["error"] == "wrong_client"
    assert (await ask("scope")).status == 500


async def test_what_arrived_can_be_counted(portal: Portal, ask: Asking) -> None:
    portal.fault(Kind.CUT, ADD)
    with pytest.raises(ClientError):
        await add(ask)
    await add(ask)
    await ask("batch", cmd={"a": f"{ADD}?fields[TITLE]=x", "b": "scope"})
    assert (portal.received(ADD), portal.received("scope")) == (3, 1)
    assert [seen.status for seen in portal.requests] == [None, 200, 200]


async def test_a_skewed_clock_is_seen_in_every_time(portal: Portal, ask: Asking) -> None:
    portal.clock.move(-600)
    assert (await ask("scope")).body["time"]["date_start"] == "2026-09-21T11:50:00+03:00"
