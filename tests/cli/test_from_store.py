"""Which store a command looks into, and what it says while it waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import from_store, main
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


@pytest.mark.parametrize("words", ["calls show 1", "deliveries retry 1", "incidents ack 1"])
def test_the_help_of_a_subcommand_needs_no_configuration(words: str, tmp_path: Path) -> None:
    """Whoever reads it first has none yet."""
    group, name, id = words.split()
    absent = str(tmp_path / "absent.yml")
    shown = CliRunner().invoke(main, [group, "-c", absent, name, "--help"])
    assert (shown.exit_code, f" {group} {name} [OPTIONS]" in shown.output) == (0, True)
    done = CliRunner().invoke(main, [group, "-c", absent, name, id])
    assert (done.exit_code, f"cannot read {absent}" in done.output) == (2, True)
