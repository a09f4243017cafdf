"""Real phones on a real Asterisk: scripts act on calls that go on."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.lab.daemon import RunningDaemon, running_daemon
from tests.lab.office import SALES, Office, opened
from tests.lab.rootfs import NoAsterisk

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("scripts"),
]

SCRIPTS: list[dict[str, Any]] = [
    {
        "name": "talked",
        "on": "answered",
        "do": [{"set": {"SCRIPT_SAW": "{{ agents | join }} {{ record.client.number }}"}}],
    },
]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["22", "16"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    opening = opened(Office, request.param)
    try:
        at = await opening.__aenter__()
    except NoAsterisk as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Asterisk: {why}")
    try:
        yield at
    finally:
        await opening.__aexit__(None, None, None)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def daemon(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningDaemon]:
    def change(config: dict[str, Any]) -> None:
        config["scripts"] = {"items": SCRIPTS}
        config["pbx"][0]["trunks"] = list(office.trunks)

    async with running_daemon(office, tmp_path_factory.mktemp("daemon"), change=change) as one:
        yield one


@pytest.mark.proves("S2-36", "S2-35")
async def test_a_script_sets_a_variable_once_somebody_talks(
    office: Office, daemon: RunningDaemon
) -> None:
    async with office.playing():
        await office.client.calls(SALES)
        await office.alice.answers()
        await office.client.talks_with(office.alice)
        said = await office.ami.event("VarSet", Variable="SCRIPT_SAW")
        await office.client.hangs_up()
    assert said["Value"] == "101 +79161234561"
    assert said["Channel"].startswith("PJSIP/trunk-")
