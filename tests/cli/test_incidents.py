"""`asterisk-bridge incidents`, as a person at a terminal uses it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from bridge.domain.troubles import Incident, IncidentState, Trouble, TroubleKind
from bridge.storage.store import open_store

SINCE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store with an incident that lasts (1), one that is over (2) and one that brews (3)."""
    path = tmp_path / "bridge.db"

    async def fill() -> None:
        async with open_store(str(path), daemon=True) as store:
            await store.keep_incidents(
                [
                    _incident("crm", IncidentState.OPEN),
                    _incident("office", IncidentState.CLOSED),
                    _incident("erp", IncidentState.BREWING),
                ]
            )

    asyncio.run(fill())
    return path


def _incident(subject: str, state: IncidentState) -> Incident:
    trouble = Trouble(
        subject=subject,
        kind=TroubleKind.FAILING,
        since=SINCE,
        what="3 deliveries tried in vain.",
        act="see that it works",
    )
    return Incident(id=0, trouble=trouble, state=state, told_at=SINCE)


def incidents(file: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["incidents", "--store", str(file), *words])


def test_what_lasts_is_listed_and_what_is_over_on_request(file: Path) -> None:
    some, every = incidents(file, "list").output, incidents(file, "list", "--all").output
    assert [("crm" in text, "office" in text) for text in (some, every)] == [
        (True, False),
        (True, True),
    ]


def test_it_is_shown_with_what_to_do(file: Path) -> None:
    assert "see that it works" in incidents(file, "show", "1").output
    assert json.loads(incidents(file, "show", "1", "--json").output)["subject"] == "crm"


def test_who_knows_says_so(file: Path) -> None:
    done = incidents(file, "ack", "1", "--by", "anna")
    shown = json.loads(incidents(file, "show", "1", "--json").output)
    assert (done.exit_code, shown["state"], shown["acknowledged_by"]) == (
        0,
        "acknowledged",
        "anna",
    )


@pytest.mark.parametrize("words", [("show", "7"), ("ack", "7"), ("ack", "2")])
def test_what_does_not_last_is_a_finding(file: Path, words: tuple[str, ...]) -> None:
    result = incidents(file, *words)
    assert (result.exit_code, "incidents list" in result.output) == (1, True)


def test_what_nobody_was_told_of_needs_no_acknowledgement(file: Path) -> None:
    result = incidents(file, "ack", "3")
    assert (result.exit_code, "incident 3 is brewing: nobody was told" in result.output) == (
        1,
        True,
    )
