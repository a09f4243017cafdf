"""The HTTP client: tokens, addresses, deadlines, quotas, and what each answer means."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.crm.bitrix24 import Bitrix24, Bitrix24Settings
from bridge.domain.commands import CreateTask, Verdict
from bridge.domain.masks import without_secrets
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable, Search
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.harness import settings
from tests.crm.contract.made import CLIENT, key, lead
from tests.portals.bitrix24.portal import Portal


def kept(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "tokens" / "bitrix24-bitrix24.json").read_text())
    return found


# Tokens
async def test_an_expired_token_is_renewed_once_for_all_who_meet_it(
    crm: Bitrix24, portal: Portal
) -> None:
    await crm.users()
    portal.auth.expire()
    asked = [crm.lookup(CLIENT), crm.users(), crm.find_leads(Search(phone=CLIENT))]
    await asyncio.gather(*asked)
    assert len(portal.auth._access) == 1


async def test_a_write_that_meets_an_expired_token_is_done_once(
    crm: Bitrix24, portal: Portal
) -> None:
    await crm.users()
    portal.fault("expired", "crm.lead.add")
    outcome = await crm.create_lead(lead(), key())
    assert (outcome.verdict, len(portal.leads)) == (Verdict.ACCEPTED, 1)


async def test_the_new_tokens_are_on_disk_for_nobody_else_before_they_are_used(
    crm: Bitrix24, portal: Portal, tmp_path: Path
) -> None:
    portal.fault("slow", "user.get")  # the first use of the new token has no answer
    with pytest.raises(CrmUnavailable):
        await crm.users()
    file = tmp_path / "tokens" / "bitrix24-bitrix24.json"
    assert (
        kept(tmp_path)["access_token"] in portal.auth._access,
        stat.S_IMODE(file.stat().st_mode),
    ) == (
        True,
        0o600,
    )


async def test_a_refresh_that_nobody_waits_for_is_finished(
    connect: Connect, portal: Portal, tmp_path: Path
) -> None:
    crm, known = connect(), len(portal.auth._access)
    asked = asyncio.ensure_future(crm.users())
    while len(portal.auth._access) == known:  # noqa: ASYNC110  # the answer is on its way then
        await asyncio.sleep(0)
    asked.cancel()
    await crm._client.tokens.settled()
    assert kept(tmp_path)["access_token"] in portal.auth._access


async def test_tokens_outlive_a_restart(connect: Connect, portal: Portal) -> None:
    await connect().users()
    assert len(await connect().users()) == 2


async def test_a_process_beside_ours_does_not_cost_us_our_tokens(
    connect: Connect, portal: Portal
) -> None:
    daemon, beside = connect(), connect()
    await daemon.users()
    for asking in (beside, daemon, beside):
        portal.auth.expire()
        assert len(await asking.users()) == 2


async def test_tokens_that_root_renews_beside_the_daemon_stay_the_daemons(
    crm: Bitrix24, tmp_path: Path
) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir()
    with suppress(PermissionError):  # only root can give a folder away
        os.chown(folder, 1, 1)
    await crm.users()
    assert (folder / "bitrix24-bitrix24.json").stat().st_uid == folder.stat().st_uid


async def test_tokens_that_cannot_be_written_are_not_used(
    connect: Connect, portal: Portal, tmp_path: Path
) -> None:
    blocked = tmp_path / "no folder"
    blocked.write_text("a file")
    with pytest.raises(CrmUnavailable, match="cannot be written"):
        await connect(folder=blocked).users()
    assert portal.received("user.get") == 0


async def test_a_dead_refresh_token_asks_for_a_person_until_a_new_one_is_written(
    connect: Connect, portal: Portal
) -> None:
    await connect().users()
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin, match="install the application again") as dead:
        await connect().users()
    assert "Invalid grant" in without_secrets(str(dead.value))
    fresh = SecretStr(portal.grant().refresh_token)
    assert len(await connect(refresh_token=fresh).users()) == 2


@pytest.mark.parametrize("kind", ["cut", "bad_gateway"])
@pytest.mark.parametrize("applied", [False, True])
async def test_a_lost_answer_to_a_refresh_is_told_where_it_took_the_new_token_along(
    crm: Bitrix24, portal: Portal, kind: str, applied: bool
) -> None:
    await crm.users()
    portal.auth.expire()
    portal.fault(kind, "oauth.token", applied=applied)
    with pytest.raises(CrmUnavailable):
        await crm.users()
    if applied:
        with pytest.raises(CrmNeedsLogin, match=r"install the application.*answer.*was lost"):
            await crm.users()
    else:
        assert len(await crm.users()) == 2


async def test_an_auth_server_that_is_not_reached_is_told_so_and_took_no_token_along(
    connect: Connect, portal: Portal
) -> None:
    crm = connect()
    real = crm.settings.auth
    crm.settings.__dict__["auth"] = "http://127.0.0.1:9"
    with pytest.raises(CrmUnavailable, match=r"auth server is not reached.*`auth`"):
        await crm.users()
    crm.settings.__dict__["auth"] = real
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin) as dead:
        await crm.users()
    assert "lost" not in str(dead.value)


@pytest.mark.parametrize(
    "wrong", [{"client_id": "another"}, {"client_secret": SecretStr("another")}]
)
async def test_wrong_credentials_are_told_even_with_http_200(
    connect: Connect, wrong: dict[str, Any]
) -> None:
    with pytest.raises(CrmNeedsLogin, match="client_id and client_secret"):
        await connect(**wrong).users()


@pytest.mark.parametrize("kind", ["server_error", "html", "broken_json"])
async def test_an_auth_server_in_trouble_is_asked_later(
    crm: Bitrix24, portal: Portal, kind: str
) -> None:
    portal.fault(kind, "oauth.token")
    with pytest.raises(CrmUnavailable):
        await crm.users()
    assert len(await crm.users()) == 2


# Addresses
async def test_a_portal_that_moved_is_followed_and_remembered(
    connect: Connect, portal: Portal, tmp_path: Path
) -> None:
    crm = connect()
    await crm.users()
    new = await portal.rename()
    outcome = await crm.create_lead(lead(), key())
    assert (outcome.verdict, len(portal.leads), kept(tmp_path)["portal"]) == (
        Verdict.ACCEPTED,
        1,
        new,
    )


async def test_a_portal_that_moves_to_no_address_is_asked_later(tmp_path: Path) -> None:
    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://["})

    app = web.Application()
    app.router.add_post("/{any:.*}", moved)
    async with TestServer(app) as server:
        said = {"webhook": str(server.make_url("/rest/1/f00dcafe/")), "folder": tmp_path}
        crm = Bitrix24(Bitrix24Settings.model_validate(said))
        with pytest.raises(CrmUnavailable, match="no address"):
            await crm.users()
        await crm.close()


async def test_a_webhook_needs_no_tokens(portal: Portal, tmp_path: Path) -> None:
    crm = Bitrix24(webhook(portal, tmp_path), portal.clock)
    users = await crm.users()
    await crm.close()
    assert (len(users), os.listdir(tmp_path)) == (2, ["127.0.0.1.rate"])


async def test_a_revoked_webhook_asks_for_a_person(portal: Portal, tmp_path: Path) -> None:
    crm = Bitrix24(webhook(portal, tmp_path), portal.clock)
    portal.auth.webhook_code = "another"
    with pytest.raises(CrmNeedsLogin):
        await crm.users()
    await crm.close()


async def test_a_secret_stands_in_no_error(portal: Portal, tmp_path: Path) -> None:
    said = webhook(portal, tmp_path)
    crm = Bitrix24(said, portal.clock)
    await portal.go_down()
    with pytest.raises(CrmUnavailable) as error:
        await crm.users()
    await crm.close()
    assert (
        portal.auth.webhook_code in f"{error.value} {said!r}",
        "reached" in str(error.value),
    ) == (
        False,
        True,
    )


# Answers
@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("slow", CrmUnavailable),
        ("cut", CrmUnavailable),
        ("broken_json", CrmUnavailable),
        ("html", CrmUnavailable),
        ("server_error", CrmUnavailable),
        ("unexpected_answer", CrmUnavailable),
        ("overload", CrmUnavailable),
        ("query_limit", CrmUnavailable),
        ("operation_limit", CrmUnavailable),
        ("invalid_token", CrmNeedsLogin),
        ("payment_required", CrmNeedsLogin),
        ("portal_deleted", CrmNeedsLogin),
        ("denied", CrmRefused),
        ("wrong_auth_type", CrmRefused),
    ],
)
@pytest.mark.parametrize("method", ["batch", "crm.duplicate.findbycomm"], ids=["outer", "inner"])
async def test_a_read_fails_as_the_portal_says(
    crm: Bitrix24, portal: Portal, kind: str, raised: type[Exception], method: str
) -> None:
    portal.fault(kind, method)
    with pytest.raises(raised):
        await crm.lookup(CLIENT)


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("slow", Verdict.UNCLEAR),
        ("cut", Verdict.UNCLEAR),
        ("broken_json", Verdict.UNCLEAR),
        ("html", Verdict.UNCLEAR),
        ("server_error", Verdict.UNCLEAR),
        ("query_limit", Verdict.TRY_LATER),
        ("operation_limit", Verdict.TRY_LATER),
        ("payment_required", Verdict.NEEDS_LOGIN),
        ("denied", Verdict.REFUSED),
    ],
)
async def test_a_write_is_unclear_only_when_it_may_have_been_done(
    crm: Bitrix24, portal: Portal, kind: str, verdict: Verdict
) -> None:
    portal.fault(kind, "crm.lead.add")
    assert (await crm.create_lead(lead(), key())).verdict is verdict


@pytest.mark.parametrize("kind", ["slow", "cut", "html"])
async def test_a_write_that_was_never_sent_is_not_unclear(
    crm: Bitrix24, portal: Portal, kind: str
) -> None:
    portal.fault(kind, "crm.lead.list")  # the look before the write
    outcome = await crm.create_lead(lead(), key())
    assert (outcome.verdict, portal.received("crm.lead.add")) == (Verdict.TRY_LATER, 0)


@pytest.mark.parametrize(
    ("lost", "verdict"), [("task", Verdict.REFUSED), ("crm", Verdict.NEEDS_LOGIN)]
)
async def test_a_scope_that_only_tasks_lack_holds_nothing_else(
    crm: Bitrix24, portal: Portal, lost: str, verdict: Verdict
) -> None:
    portal.auth.scopes -= {lost, f"{lost}s"}
    task = await crm.create_task(CreateTask(title="Call back", owner="1"), None, key())
    made = await crm.create_lead(lead(), key())
    refused = task if lost == "task" else made
    assert (refused.verdict, "missing scope" in refused.detail) == (verdict, True)
    assert {task.verdict, made.verdict} == {verdict, Verdict.ACCEPTED}


async def test_a_portal_that_is_down_is_tried_later(crm: Bitrix24, portal: Portal) -> None:
    await crm.users()
    await portal.go_down()
    assert (await crm.create_lead(lead(), key())).verdict is Verdict.TRY_LATER


# Quotas
async def test_a_method_that_used_up_its_time_rests_and_the_others_work(
    crm: Bitrix24, portal: Portal
) -> None:
    portal.fault("operation_limit", "crm.lead.add")
    await crm.create_lead(lead(), key())
    again = await crm.create_lead(lead(), key())
    other = await crm.create_contact({"name": "x"}, key())
    assert (again.retry_after, portal.received("crm.lead.add"), other.verdict) == (
        600,
        1,
        Verdict.ACCEPTED,
    )


async def test_a_method_works_again_when_the_portal_allows_it(
    crm: Bitrix24, portal: Portal
) -> None:
    portal.fault("operation_limit", "crm.lead.add")
    refused = await crm.create_lead(lead(), key())
    portal.clock.move(refused.retry_after or 0)
    assert (await crm.create_lead(lead(), key())).verdict is Verdict.ACCEPTED


async def test_too_many_requests_make_all_of_us_wait(crm: Bitrix24, portal: Portal) -> None:
    portal.fault("query_limit", "crm.lead.add")
    outcome = await crm.create_lead(lead(), key())
    assert (outcome.retry_after, crm._client.limiter.waits() > 0.5) == (1.0, True)


async def test_two_programs_on_this_machine_keep_the_portals_rate_together(
    connect: Connect, portal: Portal
) -> None:
    daemon, beside = connect(rate=20.0, burst=2.0), connect(rate=20.0, burst=2.0)
    await asyncio.gather(daemon.users(), beside.users())  # each has its token
    before, began = len(portal.requests), asyncio.get_running_loop().time()
    await asyncio.gather(*(crm.lookup(CLIENT) for crm in (daemon, beside) for _ in range(3)))
    took = asyncio.get_running_loop().time() - began
    assert len(portal.requests) - before <= 20 * took + 2


async def test_a_request_that_our_own_rate_holds_back_is_told_so(
    connect: Connect, portal: Portal
) -> None:
    await connect().users()
    slow = connect(rate=0.1, burst=1.0, timeout=0.2)
    await slow.users()
    outcome = await slow.create_lead(lead(), key())
    assert (outcome.verdict, "waited for its turn" in outcome.detail) == (Verdict.TRY_LATER, True)


async def test_a_long_block_is_not_waited_for(crm: Bitrix24, portal: Portal) -> None:
    portal.fault("overload", "crm.lead.add")
    await crm.create_lead(lead(), key())
    again = await crm.create_contact({"name": "x"}, key())
    assert (again.verdict, again.retry_after, portal.received("crm.contact.add")) == (
        Verdict.TRY_LATER,
        60,
        0,
    )


def webhook(portal: Portal, folder: Path) -> Bitrix24Settings:
    app = settings(portal, folder).model_dump()
    others = dict.fromkeys(("portal", "client_id", "client_secret", "refresh_token"))
    return Bitrix24Settings(**{**app, **others, "webhook": SecretStr(portal.webhook)})
