"""The HTTP client: tokens, limits, and what each answer means."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.crm.amocrm import AmoCrm
from bridge.domain.commands import Verdict
from bridge.domain.masks import without_secrets
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable, Search
from tests.crm.amocrm.conftest import Connect
from tests.crm.amocrm.harness import integration, settings
from tests.crm.contract.made import CLIENT, key, lead
from tests.portals.amocrm import Allowance, Portal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ours"


@pytest.fixture
def renewing(connect: Connect, portal: Portal) -> AmoCrm:
    """With tokens that are renewed."""
    return connect(**integration(portal), timeout=1.0)


def kept(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "amocrm-amocrm.json").read_text())
    return found


# Tokens
async def test_an_expired_token_is_renewed_once_for_all_who_meet_it(
    renewing: AmoCrm, portal: Portal
) -> None:
    await renewing.users()
    portal.auth.expire()
    asked = [renewing.lookup(CLIENT), renewing.users(), renewing.find_leads(Search(id="1"))]
    await asyncio.gather(*asked)
    assert len(portal.auth.access) == 1


async def test_a_write_that_meets_an_expired_token_is_done_once(
    renewing: AmoCrm, portal: Portal
) -> None:
    portal.fault("unauthorized", "POST leads/complex")
    outcome = await renewing.create_lead(lead(), key())
    assert (outcome.verdict, len(portal.leads)) == (Verdict.ACCEPTED, 1)


async def test_the_new_tokens_are_on_disk_for_nobody_else_before_they_are_used(
    renewing: AmoCrm, portal: Portal, folder: Path
) -> None:
    portal.fault("slow", "GET users")  # the first use of the new token has no answer
    with pytest.raises(CrmUnavailable):
        await renewing.users()
    mode = stat.S_IMODE((folder / "amocrm-amocrm.json").stat().st_mode)
    assert (kept(folder)["access_token"] in portal.auth.access, mode) == (True, 0o600)


async def test_a_refresh_that_nobody_waits_for_is_finished(
    renewing: AmoCrm, portal: Portal, folder: Path
) -> None:
    asked = asyncio.ensure_future(renewing.users())
    await portal.until(lambda: portal.received("POST oauth2/access_token") == 1)
    asked.cancel()
    await renewing._client.tokens.settled()
    assert kept(folder)["access_token"] in portal.auth.access


async def test_a_second_program_takes_up_what_the_first_has_renewed(
    connect: Connect, portal: Portal
) -> None:
    given = integration(portal)
    first, second = connect(**given), connect(**given)
    for crm in (first, second, first):
        portal.auth.expire()
        await crm.users()
    assert len(portal.auth.refresh) == 1


async def test_a_refresh_token_that_was_used_up_needs_a_person(
    renewing: AmoCrm, portal: Portal
) -> None:
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin, match="write its refresh_token"):
        await renewing.users()


async def test_a_refresh_without_an_answer_is_tried_later(renewing: AmoCrm, portal: Portal) -> None:
    portal.fault("server_error", "POST oauth2/access_token")
    with pytest.raises(CrmUnavailable):
        await renewing.users()
    assert await renewing.users()


async def test_a_long_lived_token_that_was_revoked_needs_a_person(
    crm: AmoCrm, portal: Portal
) -> None:
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin, match="write a new token"):
        await crm.users()


async def test_no_secret_is_told(renewing: AmoCrm, portal: Portal) -> None:
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin) as told:
        await renewing.users()
    text = str(told.value)
    assert portal.auth.client_secret not in text
    assert without_secrets(text) == text


@pytest.mark.parametrize("before", [0, 250], ids=["whole", "in part"])
async def test_a_secret_that_the_account_says_back_is_struck_out(
    connect: Connect, portal: Portal, before: int
) -> None:
    secret = "eyJ0eXAiOiJKV1Qi" + "a1B2" * 50
    portal.bend = lambda _: {"detail": f"{'x' * before} {secret}"}
    crm = connect(token=SecretStr(secret))
    with pytest.raises(CrmNeedsLogin) as told:
        await crm.users()
    assert (secret[:16] in str(told.value), "***" in str(told.value)) == (False, True)


# What an answer means
@pytest.mark.parametrize(
    ("kind", "write", "read"),
    [
        ("unpaid", Verdict.NEEDS_LOGIN, CrmNeedsLogin),
        ("forbidden", Verdict.REFUSED, CrmRefused),
        ("blocked", Verdict.TRY_LATER, CrmUnavailable),
        ("too_many", Verdict.UNCLEAR, CrmUnavailable),
        ("gateway_timeout", Verdict.UNCLEAR, CrmUnavailable),
        ("html", Verdict.UNCLEAR, CrmUnavailable),
        ("broken_json", Verdict.UNCLEAR, CrmUnavailable),
        ("cut", Verdict.UNCLEAR, CrmUnavailable),
    ],
)
async def test_an_answer_is_one_of_few_verdicts(
    connect: Connect, portal: Portal, kind: str, write: Verdict, read: type[Exception]
) -> None:
    portal.fault(kind, "POST leads/complex")
    assert (await connect().create_lead(lead(), key())).verdict is write
    portal.fault(kind, "GET users", times=None)
    with pytest.raises(read):
        await connect().users()


async def test_who_is_blocked_leaves_the_account_alone_for_minutes(
    crm: AmoCrm, portal: Portal
) -> None:
    portal.fault("blocked", "GET users")
    with pytest.raises(CrmUnavailable, match="ask its support"):
        await crm.users()
    before = len(portal.requests)
    outcome = await crm.create_lead(lead(), key())
    assert (outcome.verdict, len(portal.requests)) == (Verdict.TRY_LATER, before)
    assert 590 < (outcome.retry_after or 0) <= 600


async def test_a_read_that_meets_the_limit_is_tried_once_more(crm: AmoCrm, portal: Portal) -> None:
    portal.fault("too_many", "GET users")
    assert len(await crm.users()) == 2


async def test_a_write_that_met_the_limit_is_looked_for_before_it_is_sent_again(
    crm: AmoCrm, portal: Portal
) -> None:
    """The documentation does not promise that it was not done."""
    portal.fault("busy", "POST leads/complex")
    written = key("create_lead")
    outcome = await crm.create_lead(lead(), written)
    sent = portal.received("POST leads/complex")
    assert (outcome.verdict, outcome.retry_after, sent) == (Verdict.UNCLEAR, 7.0, 1)


async def test_a_change_that_met_the_limit_may_be_sent_again(crm: AmoCrm, portal: Portal) -> None:
    id = portal.add("contacts", CLIENT)
    portal.fault("busy", "PATCH contacts/{id}")
    outcome = await crm.update_contact(str(id), {"name": "Anna"})
    assert (outcome.verdict, outcome.retry_after) == (Verdict.TRY_LATER, 7.0)


async def test_a_mistake_is_told_by_its_field(crm: AmoCrm, portal: Portal) -> None:
    outcome = await crm.create_lead(lead(owner="424242"), key())
    assert (outcome.verdict, "responsible_user_id" in outcome.detail) == (Verdict.REFUSED, True)


async def test_a_number_that_the_account_says_back_is_not_whole(
    crm: AmoCrm, portal: Portal
) -> None:
    mistake = {"path": "phone", "detail": "8 (916) 123-45-67 is taken"}
    portal.bend = lambda answer: (
        {"validation-errors": [{"errors": [mistake]}]} if "status" in answer else answer
    )
    outcome = await crm.create_lead(lead(owner="424242"), key())
    assert "phone: 8916***4567 is taken" in outcome.detail


async def test_two_programs_never_ask_more_often_than_the_account_bears(tmp_path: Path) -> None:
    async with Portal(allowance=Allowance()) as portal:
        both = [AmoCrm(settings(portal, tmp_path, burst=2.0, rate=5.0)) for _ in range(2)]
        asked = (both[id % 2].find_leads(Search(id=str(id))) for id in range(1, 10))
        await asyncio.gather(*asked)
        for crm in both:
            await crm.close()
        assert {seen.status for seen in portal.requests} == {404}


async def test_an_account_that_sends_elsewhere_is_not_followed(connect: Connect) -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://other.example/"})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", elsewhere)
    async with TestServer(app) as server:
        crm = connect(account=str(server.make_url("/")), token=SecretStr("t"))
        with pytest.raises(CrmRefused):
            await crm.users()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (web.Response(status=307, headers={"Location": "/stolen"}), "is not answered"),
        (web.Response(text=f'"{"x" * 17 * 2**20}"'), "larger than 16 MiB"),
    ],
    ids=["elsewhere", "without an end"],
)
async def test_a_refresh_goes_nowhere_else_and_is_read_no_further_than_it_can_be(
    connect: Connect, portal: Portal, answer: web.Response, says: str
) -> None:
    asked: list[str] = []

    async def told(request: web.Request) -> web.Response:
        asked.append(request.path)
        return answer

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", told)
    async with TestServer(app) as server:
        crm = connect(account=str(server.make_url("/")), **integration(portal))
        with pytest.raises(CrmUnavailable, match=says):
            await crm.users()
    assert asked == ["/oauth2/access_token"]


async def test_an_account_that_is_down_is_tried_later(crm: AmoCrm, portal: Portal) -> None:
    await portal.go_down()
    assert (await crm.create_lead(lead(), key())).verdict is Verdict.TRY_LATER
