"""The office that the live tests of ARI share, and a daemon that hears it so alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest_asyncio

from tests.lab.office import Office
from tests.lab.offices import Offices


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def at(offices: Offices) -> Office:
    """The office at work."""
    return await offices.at(Office)


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
