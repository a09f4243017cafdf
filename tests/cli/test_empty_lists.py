"""A list of nothing says so in words; for programs it is as empty as it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import main
from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.storage.store import open_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store and a CRM of which nobody has asked anything yet."""

    async def made() -> None:
        async with open_store(str(tmp_path / "bridge.db"), daemon=True):
            pass
        crm = BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.db"))
        await crm.users()
        await crm.close()

    asyncio.run(made())
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("calls list", "there is no finished call yet"),
        ("calls list --review", "no finished call is like that"),
        ("calls list --client 89161234567", "no finished call is like that"),
        ("calls paths", "there is no finished call of a client"),
        ("deliveries list", "nothing waits to be delivered; what is done: --state done"),
        ("deliveries list --call pbx-1.1", "no delivery is like that"),
        ("deliveries list --state parked", "no delivery is like that"),
        ("incidents list", "nothing fails; what is over: --all"),
        ("incidents list --all", "nothing has failed yet"),
        ("crm contacts", "there are no contacts"),
        ("crm calls", "there are no calls"),
    ],
)
def test_a_list_of_nothing_is_a_sentence(folder: Path, words: str, said: str) -> None:
    group, *rest = words.split()
    kept = ("--file", "crm.db") if group == "crm" else ("--store", "bridge.db")
    asked = [group, kept[0], str(folder / kept[1]), *rest]
    told, for_programs = (CliRunner().invoke(main, [*asked, *more]) for more in ((), ("--json",)))
    assert (told.stdout, told.exit_code) == (f"{said}\n", 0)
    assert (for_programs.stdout, for_programs.exit_code) == ("", 0)
