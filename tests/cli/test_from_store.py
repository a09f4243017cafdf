"""What a command says while it waits for its store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.cli import from_store
from bridge.storage.store import Store, open_store
from tests.lab.wait import until


def test_a_file_that_is_named_too_late_is_told_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `asterisk-bridge deliveries list -c FILE` ends where the usual file is not there."""
    with pytest.raises(SystemExit) as ended:
        from_store.store_address(tmp_path / "absent.yml", None)
    said = "both stand before the subcommand" in capsys.readouterr().err
    assert (ended.value.code, said) == (2, True)


async def made(file: Path) -> None:
    async with open_store(str(file), daemon=True):
        pass


def test_a_person_who_waits_is_told_for_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(from_store, "_LONG", 0.01)
    file = tmp_path / "bridge.db"
    asyncio.run(made(file))

    async def until_told(_: Store) -> str:
        async def told() -> str:
            return capfd.readouterr().err

        return await until(told, "a word")

    assert f"still waiting for the store {file}" in from_store.with_store(str(file), until_told)
