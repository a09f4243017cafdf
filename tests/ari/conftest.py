"""One office of Asterisk 22 for all live tests of ARI, and a daemon that hears it so alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.lab.office import Office, office
from tests.lab.rootfs import NoAsterisk


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def at() -> AsyncIterator[Office]:
    """The office at work."""
    opening = office()
    try:
        opened = await opening.__aenter__()
    except NoAsterisk as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Asterisk 22: {why}")
    try:
        yield opened
    finally:
        await opening.__aexit__(None, None, None)


def by_ari(at: Office) -> Callable[[dict[str, Any]], None]:
    """Changes the daemon's configuration: no AMI, ARI in its place."""

    def change(config: dict[str, Any]) -> None:
        pbx = config["pbx"][0]
        for key in ("port", "username", "secret"):
            del pbx[key]
        url = f"http://127.0.0.1:{at.asterisk.ports.http}"
        pbx["events"] = "ari"
        pbx["ari"] = {"url": url, "username": "lab", "password": at.asterisk.secret}

    return change
