"""The office that the live tests of ARI share, a daemon that hears it so alone, and a fake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import pytest
import pytest_asyncio

from bridge.ari.rest import Rest
from bridge.link.errors import NoAnswer
from tests.ari.fake import FakeAri
from tests.lab.office import Office
from tests.lab.offices import Offices

VERSIONS: Final = ["22", pytest.param("16", marks=pytest.mark.asterisk16)]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=VERSIONS)
async def at(request: pytest.FixtureRequest, offices: Offices) -> Office:
    """The office at work."""
    return await offices.at(Office, request.param)


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAri]:
    async with FakeAri() as fake:
        yield fake


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


async def applications(rest: Rest) -> list[str] | None:
    """The names of those that Asterisk knows; None while it does not answer, as it did for ten
    seconds once, when an application was just connecting."""
    try:
        return [one["name"] for one in await rest.get("applications")]
    except NoAnswer:
        return None
