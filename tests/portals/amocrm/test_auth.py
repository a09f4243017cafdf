"""Tokens: the long-lived one, and pairs whose refresh token lives for one use."""

from __future__ import annotations

import pytest

from tests.portals.amocrm import Portal
from tests.portals.amocrm.raw import Answer, Raw


async def refresh(ask: Raw, token: str, **others: str) -> Answer:
    auth = ask.portal.auth
    asked = {
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": token,
        "redirect_uri": auth.redirect_uri,
        **others,
    }
    return await ask("POST", "/oauth2/access_token", asked)


async def test_a_request_without_a_good_token_is_refused(portal: Portal, ask: Raw) -> None:
    ask.token = "another"
    answer = await ask("GET", "account")
    assert (answer.status, answer.kind, answer.body["title"]) == (
        401,
        "application/problem+json",
        "Unauthorized",
    )


async def test_a_refresh_token_is_good_once(portal: Portal, ask: Raw) -> None:
    old = portal.grant()
    first, again = await refresh(ask, old.refresh_token), await refresh(ask, old.refresh_token)
    ask.token = first.body["access_token"]
    assert (first.status, first.body["expires_in"], again.status, again.body["detail"]) == (
        200,
        86400,
        401,
        "The refresh token is invalid.",
    )
    assert (await ask("GET", "account")).status == 200


async def test_an_access_token_lives_for_a_day(portal: Portal, ask: Raw) -> None:
    ask.token = portal.grant().access_token
    portal.clock.move(days=1)
    assert (await ask("GET", "account")).status == 401


async def test_a_code_is_good_once_and_for_twenty_minutes(portal: Portal, ask: Raw) -> None:
    auth = portal.auth
    asked = {
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": auth.redirect_uri,
    }
    code, late = auth.code(), auth.code()
    good = await ask("POST", "/oauth2/access_token", {**asked, "code": code})
    used = await ask("POST", "/oauth2/access_token", {**asked, "code": code})
    portal.clock.move(minutes=21)
    stale = await ask("POST", "/oauth2/access_token", {**asked, "code": late})
    assert (good.status, used.status, stale.status) == (200, 401, 401)


@pytest.mark.parametrize(
    ("others", "status"),
    [
        ({"client_secret": "x"}, 401),
        ({"redirect_uri": "https://other.example"}, 401),
        ({"grant_type": "password"}, 400),
        ({"scope": "crm"}, 400),
    ],
)
async def test_a_wrong_refresh_is_refused_and_uses_up_nothing(
    portal: Portal, ask: Raw, others: dict[str, str], status: int
) -> None:
    token = portal.grant().refresh_token
    assert (await refresh(ask, token, **others)).status == status
    assert (await refresh(ask, token)).status == 200
