"""Both event loops: the daemon runs on uvloop where it is installed, else on asyncio's own.

A module whose server must do the same on each imports `event_loop_policy`.
"""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
import uvloop

POLICIES: Final[dict[str, type[asyncio.AbstractEventLoopPolicy]]] = {
    "asyncio": asyncio.DefaultEventLoopPolicy,
    "uvloop": uvloop.EventLoopPolicy,
}


@pytest.fixture(params=list(POLICIES))
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    return POLICIES[request.param]()
