"""How the daemon begins, and how it reads its file anew on SIGHUP: once for each, beside calls."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from bridge.app import service
from bridge.app.listening import CannotStart
from bridge.config.findings import Finding
from bridge.config.model import Config
from bridge.storage.engine import StoreUnusable
from tests.config.conftest import GOOD_PBX, Read
from tests.config.conftest import read as read
from tests.lab.ports import free_port
from tests.lab.wait import until


async def test_a_configuration_is_read_anew_beside_the_loop(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = read(
        f"{GOOD_PBX}folder: {tmp_path}\nstore: {{url: 'sqlite:///{tmp_path}/b.db'}}\n"
        f"web: {{port: {free_port()}}}\n"
    )
    loop, moved = asyncio.get_running_loop(), threading.Event()
    runs: list[bool] = []

    def anew() -> tuple[Config, list[Finding]]:
        """Slow: it is done once the loop has come round."""
        loop.call_soon_threadsafe(moved.set)
        runs.append(moved.wait(10))
        again = len(runs) == 1  # somebody saves the file once more meanwhile
        os.kill(os.getpid(), signal.SIGHUP if again else signal.SIGTERM)
        return config, []

    async def hears() -> bool:
        return signal.getsignal(signal.SIGHUP) != before

    monkeypatch.setattr(service, "settle_memory", lambda: None)  # of a process of its own
    before = signal.getsignal(signal.SIGHUP)
    running = asyncio.ensure_future(service.run(config, [], anew))
    await until(hears, "the daemon's start")
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.wait_for(running, 20)
    assert runs == [True, True]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("folder: {tmp}/lib/bridgee\n", "^folder: there is no folder .*/bridgee: make it, or corr"),
        ("store: {{url: 'sqlite:///{tmp}/lob/b.db'}}\n", "^store.url: there is no folder .*/lob: "),
        ("folder: {tmp}\nweb: {{host: 192.0.2.1}}\n", "change web.port or web.host"),
        (
            "folder: {tmp}\nweb: {{port: {port}}}\nagi: {{host: 192.0.2.1}}\n",
            "change agi.port or agi.host",
        ),
    ],
    ids=[
        "a folder mistyped",
        "a store's folder mistyped",
        "a page at another machine",
        "a dialplan that asks another",
    ],
)
async def test_what_keeps_it_from_starting_is_told_with_the_keys_to_change(
    read: Read, tmp_path: Path, settings: str, told: str
) -> None:
    config = read(GOOD_PBX + settings.format(tmp=tmp_path, port=free_port()))
    with pytest.raises((StoreUnusable, CannotStart), match=told):
        await service.run(config, [], lambda: (config, []))
    assert not {"lib", "lob"} & set(await asyncio.to_thread(os.listdir, tmp_path))
