"""Tokens that rotate and expire, the path of a webhook, scopes, and a portal that moved."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.portals.bitrix24 import Portal
from tests.portals.bitrix24.asking import Answer, Asking

EXPIRED = (401, "expired_token", "The access token provided has expired.")


async def refresh(ask: Asking, token: str, **changed: Any) -> Answer:
    auth = ask.portal.auth
    asked = {
        "grant_type": "refresh_token",
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
        "refresh_token": token,
        **changed,
    }
    return await ask.get(f"{ask.portal.url}/oauth/token/", **asked)


@pytest.mark.parametrize(("seconds", "lives"), [(3599, True), (3600, False)])
async def test_an_access_token_lives_an_hour(
    portal: Portal, ask: Asking, seconds: float, lives: bool
) -> None:
    portal.clock.move(seconds)
    assert ((await ask("scope")).status == 200) is lives


async def test_an_unknown_token_is_answered_as_an_expired_one(portal: Portal, ask: Asking) -> None:
    assert (await ask("scope", auth="nonsense")).error == EXPIRED
    portal.auth.expire()
    assert (await ask("scope")).error == EXPIRED


async def test_without_a_token_nobody_is_authorised(ask: Asking) -> None:
    answer = await ask.post(f"{ask.portal.url}/rest/scope", json={})
    assert answer.error[:2] == (401, "NO_AUTH_FOUND")


async def test_each_refresh_gives_a_new_refresh_token_and_takes_the_old(
    portal: Portal, ask: Asking
) -> None:
    old = ask.tokens.refresh_token
    answer = await refresh(ask, old)
    assert answer.status == 200
    body = answer.body
    assert (body["refresh_token"] != old, body["expires_in"], body["user_id"]) == (True, 3600, 1)
    assert body["client_endpoint"] == f"{portal.url}/rest/"
    assert (await ask("scope", auth=body["access_token"])).status == 200
    assert (await refresh(ask, old)).error[:2] == (400, "invalid_grant")


async def test_an_application_that_was_removed_gets_no_tokens(portal: Portal, ask: Asking) -> None:
    portal.auth.revoke()
    assert (await ask("scope")).error == EXPIRED
    assert (await refresh(ask, ask.tokens.refresh_token)).error[:2] == (400, "invalid_grant")


async def test_a_refresh_token_lives_half_a_year(portal: Portal, ask: Asking) -> None:
    portal.clock.move(days=180)
    assert (await refresh(ask, ask.tokens.refresh_token)).error[:2] == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "x"}, (400, "invalid_client")),
        ({"client_id": "x"}, (200, "wrong_client")),  # with 200: look at the key, not the status
        ({"grant_type": "password"}, (400, "invalid_request")),
        ({"refresh_token": ""}, (400, "invalid_request")),
    ],
)
async def test_what_the_oauth_server_refuses(
    ask: Asking, changed: dict[str, str], error: tuple[int, str]
) -> None:
    assert (await refresh(ask, ask.tokens.refresh_token, **changed)).error[:2] == error


@pytest.mark.parametrize(("seconds", "status"), [(29, 200), (30, 400)])
async def test_a_code_lives_half_a_minute(
    portal: Portal, ask: Asking, seconds: float, status: int
) -> None:
    code = portal.auth.code()
    portal.clock.move(seconds)
    answer = await refresh(ask, "", grant_type="authorization_code", code=code)
    assert answer.status == status


async def test_the_browser_comes_back_with_a_code(portal: Portal, ask: Asking) -> None:
    query = {
        "client_id": portal.auth.client_id,
        "state": "s1",
        "redirect_uri": "http://127.0.0.1:9/installed",
    }
    url = f"{portal.url}/oauth/authorize/"
    async with ask.session.get(url, params=query, allow_redirects=False) as answer:
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (back["state"], back["member_id"]) == (["s1"], [portal.auth.member_id])
    granted = await refresh(ask, "", grant_type="authorization_code", code=back["code"][0])
    assert granted.status == 200


async def test_a_webhook_with_a_wrong_code_is_refused(portal: Portal, ask: Asking) -> None:
    answer = await ask.post(f"{portal.url}/rest/1/wrong/scope")
    assert answer.error[:2] == (403, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    "method",
    [
        "telephony.externalCall.register",
        "telephony.externalCall.finish",
        "telephony.externalLine.add",
        "telephony.externalLine.get",
        "telephony.externalLine.update",
        "telephony.externalLine.delete",
        "event.bind",
        "event.get",
        "app.info",
    ],
)
async def test_a_webhook_may_not_do_what_needs_an_application(ask: Asking, method: str) -> None:
    words = "Current authorization type is denied for this method"
    assert (await ask.webhook(method)).error == (403, "WRONG_AUTH_TYPE", words)


async def test_an_older_portal_lets_a_webhook_register(portal: Portal, ask: Asking) -> None:
    portal.doubts.webhook_may_register = True
    given = {"USER_ID": 1, "PHONE_NUMBER": "+79161234567", "TYPE": 2}
    assert (await ask.webhook("telephony.externalCall.register", **given)).status == 200


async def test_a_scope_that_was_not_granted_is_missed(portal: Portal, ask: Asking) -> None:
    portal.auth.scopes = frozenset({"crm"})
    assert (await ask("scope")).result == ["crm"]
    assert (await ask("user.get")).error[:2] == (403, "insufficient_scope")


async def test_the_profile_says_whether_the_token_is_an_administrators(
    portal: Portal, ask: Asking
) -> None:
    anna = portal.add_user("101")
    mine = await ask("profile")
    hers = await ask("profile", auth=portal.grant(anna.id).access_token)
    assert (mine.result["ADMIN"], hers.result["ADMIN"]) == (True, False)
    assert hers.result["ID"] == str(anna.id)


async def test_a_portal_that_moved_answers_302_and_lives_on_elsewhere(
    portal: Portal, ask: Asking
) -> None:
    old = portal.url
    new = await portal.rename()
    async with ask.session.post(
        f"{old}/rest/scope", json={"auth": ask.tokens.access_token}, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, f"{new}/rest/scope")
    assert (await ask("scope")).status == 200
