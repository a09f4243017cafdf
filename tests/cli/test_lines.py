"""What callers and CRMs wrote cannot command the terminal of whoever looks at it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli import main
from bridge.cli.lines import json_text
from bridge.domain.record import Client
from bridge.storage.store import open_store
from tests.rules.office import call
from tests.tracker.recorded import CALLS

COMMANDS = "\x1b]0;owned\x07 \x9b31m \u202e \u2066 \x7f"
CALL = f"pbx-{COMMANDS}"
STORED = {
    "explain": ["explain", "--store", "{store}", CALL],
    "calls show": ["calls", "--store", "{store}", "show", CALL],
    "calls list": ["calls", "--store", "{store}", "list", "--json"],
    "deliveries show": ["deliveries", "--store", "{store}", "show", "1"],
    "deliveries show --json": ["deliveries", "--store", "{store}", "show", "1", "--json"],
    "deliveries list": ["deliveries", "--store", "{store}", "list", "--json"],
}
CAPTURED = {
    "explain FILE": ["explain", "{capture}"],
    "replay": ["replay", "{capture}", "--explain"],
    "replay --plan": ["replay", "{capture}", "--plan", "-c", "{config}"],
}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """A store and a capture of a call whose every name is a command."""
    store, capture, config = (tmp_path / name for name in ("bridge.db", "call.ami", "bridge.yml"))

    async def fill() -> None:
        async with open_store(str(store), daemon=True) as kept:
            told = call(call_id=CALL, client=Client(raw=COMMANDS, number=None, name=COMMANDS))
            await kept.finish(told, ["crm"], now=datetime.now(UTC))

    asyncio.run(fill())
    whole = (CALLS / "group_answered" / "capture.ami").read_bytes()
    for name in (b"PJSIP/", b"id: "):
        whole = whole.replace(name, name + "\x1b\x9b\u202e".encode())
    capture.write_bytes(whole)
    config.write_text(f"""\
folder: {tmp_path}
pbx: [{{name: office, username: bridge, secret: jk3h4k2j3h4, trunks: ["PJSIP/trunk-*"]}}]
destinations: [{{crm: {{kind: builtin, file: {tmp_path}/crm.db}}}}]
""")
    return {"store": str(store), "capture": str(capture), "config": str(config)}


@pytest.mark.parametrize("words", (STORED | CAPTURED).values(), ids=STORED | CAPTURED)
def test_nothing_that_a_terminal_obeys_is_printed(places: dict[str, str], words: list[str]) -> None:
    result = CliRunner().invoke(main, [word.format(**places) for word in words])
    assert (result.exit_code, result.output.replace("\n", "").isprintable()) == (0, True)


@given(st.text())
def test_json_says_the_same_when_it_is_escaped(text: str) -> None:
    for indent in (None, 2):
        told = json_text({"said": text}, indent=indent)
        assert (json.loads(told), told.replace("\n", "").isprintable()) == ({"said": text}, True)
