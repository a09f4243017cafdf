"""`check --ask`: each CRM says what it lacks, and what stops working without it; each PBX is logged
in to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from tests.ami.fake import FakeAsterisk
from tests.config.conftest import ENVIRONMENT
from tests.crm.bitrix24.harness import furnish
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import User


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with Portal() as portal:
        furnish(portal)
        yield portal


async def ask(
    portal: Portal, folder: Path, *options: str, more: str = "", secret: str = FakeAsterisk.secret
) -> Result:
    async with FakeAsterisk() as pbx:
        at = f"{{name: office, port: {pbx.port}, username: bridge, secret: {secret}}}"
        return await _ask(portal, folder, f"pbx: [{at}]\n", options, more)


async def _ask(
    portal: Portal, folder: Path, pbx: str, options: tuple[str, ...], more: str
) -> Result:
    file = folder / "bridge.yml"
    file.write_text(
        pbx + f"folder: {folder}\n"
        "destinations:\n"
        "- crm:\n"
        "    kind: bitrix24\n"
        f"    portal: {portal.url}\n"
        f"    auth: {portal.url}\n"
        f"    client_id: {portal.auth.client_id}\n"
        f"    client_secret: {portal.auth.client_secret}\n"
        f"    refresh_token: {portal.grant().refresh_token}\n" + more
    )
    words = ["check", "-c", str(file), "--ask", *options]
    return await asyncio.to_thread(CliRunner().invoke, main, words, env=ENVIRONMENT)


@pytest.mark.proves("S1-31")
async def test_a_portal_in_order_lacks_nothing(portal: Portal, tmp_path: Path) -> None:
    result = await ask(portal, tmp_path)
    assert (result.exit_code, "crm bitrix24: lacks nothing" in result.output) == (0, True)


@pytest.mark.proves("S1-31")
async def test_each_missing_thing_is_named_with_what_stops_working(
    portal: Portal, tmp_path: Path
) -> None:
    portal.auth.scopes -= {"im"}
    portal.state.users[7] = User(id=7, name="Вера")
    result = await ask(portal, tmp_path)
    assert result.exit_code == 1
    assert "crm bitrix24: scope im: nobody is notified" in result.output
    assert "crm bitrix24: inner phones of Вера: their calls" in result.output


async def test_ids_that_the_portal_does_not_have_are_named(portal: Portal, tmp_path: Path) -> None:
    more = '  users: {"102": "424242"}\n  rules: {topics: {grants: {pipeline: "77"}}}\n'
    result = await ask(portal, tmp_path, more=more)
    assert "user 424242 of extension 102: no active user" in result.output
    assert "pipeline 77 of topic grants: not there" in result.output


@pytest.mark.proves("S1-31")
async def test_a_machine_is_told_too(portal: Portal, tmp_path: Path) -> None:
    portal.auth.scopes -= {"task", "tasks"}
    result = await ask(portal, tmp_path, "--json")
    found = [each for each in json.loads(result.output) if each.get("crm") == "bitrix24"]
    assert (result.exit_code, [list(each["missing"]) for each in found]) == (1, [["scope task"]])


async def test_dead_credentials_are_told_in_words(portal: Portal, tmp_path: Path) -> None:
    portal.fault("invalid_token", times=None)
    result = await ask(portal, tmp_path)
    assert (result.exit_code, "did not say what it can do" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("secret", "code", "says"),
    [
        (FakeAsterisk.secret, 0, "pbx office: lacks nothing"),
        ("of-another-user", 1, "pbx office: did not say what it can do: "),
    ],
)
async def test_a_pbx_that_does_not_let_us_in_is_told(
    portal: Portal, tmp_path: Path, secret: str, code: int, says: str
) -> None:
    result = await ask(portal, tmp_path, secret=secret)
    assert (result.exit_code, says in result.output) == (code, True)
