"""What `make demo` shows in the CRM of a vendor is what happened."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import pytest

from tests.lab import phones
from tests.lab.daemon import COMMAND
from tests.lab.demo import main

ENDED_BY: Final = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


@pytest.mark.proves("S1-12", "S1-23", "S1-28")
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("the demo's own port")
@pytest.mark.parametrize("crm", ["bitrix24", "amocrm"])
async def test_ten_calls_of_real_phones_stand_in_the_crm_as_they_were(crm: str) -> None:
    assert await main(crm, stay=False) == 0


@pytest.mark.timeout(180)
@pytest.mark.xdist_group("the demo's own port")
@pytest.mark.parametrize(
    ("crm", "told"),
    [
        ("builtin", signal.SIGINT),
        ("builtin", signal.SIGHUP),
        ("builtin", signal.SIGTERM),
        ("bitrix24", signal.SIGINT),
        ("amocrm", signal.SIGHUP),
    ],
)
async def test_ctrl_c_a_closed_terminal_and_kill_end_the_demo_in_peace(
    crm: str, told: signal.Signals
) -> None:
    """A terminal sends the first two to every process of the demo at once."""
    phones.see_that_there_are_some()
    ours, theirs = pty.openpty()
    demo = await asyncio.create_subprocess_exec(
        *(COMMAND, "demo", "--crm", crm),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=as_at_a_terminal,
    )
    os.close(theirs)
    said = ""
    try:
        async with terminal(ours) as screen:
            with suppress(OSError):  # EIO: the last process has closed its side
                while part := await screen.read(65536):
                    interrupted = "rings" in said
                    said += part.decode()
                    if "rings" in said and not interrupted:
                        os.killpg(demo.pid, told)
    finally:
        with suppress(ProcessLookupError):  # it has not ended, nor will what it started
            os.killpg(demo.pid, signal.SIGKILL)
    assert await demo.wait() == 0, said
    assert "nothing of it is left running" in said
    assert "Traceback" not in said


def as_at_a_terminal() -> None:
    """What a shell starts in the background hears no Ctrl-C, and what nohup starts no closed
    terminal, nor do those that they start."""
    for each in ENDED_BY:
        signal.signal(each, signal.SIG_DFL)


@asynccontextmanager
async def terminal(ours: int) -> AsyncIterator[asyncio.StreamReader]:
    """What is written to it. Whoever waits for that can be stopped, which a thread cannot be."""
    screen = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(screen), os.fdopen(ours, "rb", 0)
    )
    try:
        yield screen
    finally:
        transport.close()
