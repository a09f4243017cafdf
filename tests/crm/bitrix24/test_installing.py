"""An installation brings tokens: whose may take the place of ours."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.ports import CrmNeedsLogin, HookRefused
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.test_client import kept
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal

ANNA, BORIS = 1, 2


def installed(portal: Portal, user: int) -> bytes:
    fields = {"refresh_token": portal.grant(user).refresh_token, "application_token": "brought"}
    auth = {f"auth[{name}]": value for name, value in fields.items()}
    return urlencode({"event": "ONAPPINSTALL", **auth}).encode()


@pytest.mark.parametrize(
    ("user", "works", "taken"),
    [(ANNA, True, True), (BORIS, True, False), (ANNA, False, True), (BORIS, False, True)],
)
@pytest.mark.parametrize("used", [True, False], ids=["in use", "not used yet"])
async def test_another_user_is_taken_up_only_where_our_login_works_no_more(
    connect: Connect,
    portal: Portal,
    tmp_path: Path,
    user: int,
    works: bool,
    taken: bool,
    used: bool,
) -> None:
    crm = connect()
    if used:
        await crm.users()
    if not works:
        portal.auth.revoke()
        with suppress(CrmNeedsLogin):
            await crm.users()
    with suppress(HookRefused):
        await crm.hooked({}, installed(portal, user))
    found = kept(tmp_path)
    assert (found["user"], found["application_token"] == "brought") == (
        str(user if taken else ANNA),
        taken,
    )


async def test_after_a_refused_installation_our_login_works_on(
    crm: Bitrix24, portal: Portal
) -> None:
    await crm.users()
    with pytest.raises(HookRefused):
        await crm.hooked({}, installed(portal, BORIS))
    portal.auth.expire()
    assert len(await crm.users()) == 2


async def test_what_is_nobody_s_is_whose_login_is_now(crm: Bitrix24, portal: Portal) -> None:
    made.made(await crm.log_call(made.call(), None, (), made.key()))
    portal.auth.revoke()
    with suppress(CrmNeedsLogin):
        await crm.users()
    await crm.hooked({}, installed(portal, BORIS))
    made.made(await crm.log_call(made.call(), None, (), made.key()))
    assert [call.finish.user for call in portal.calls if call.finish] == [ANNA, BORIS]
