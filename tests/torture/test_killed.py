"""The daemon, killed at random moments under load, against a CRM whose answers may never come.

TORTURE says how many times (20 without it); TORTURE_SEED throws the same dice again.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.lab.wait import NotInTime, until
from tests.torture.pbx import Heard
from tests.torture.stand import Stand, stand

ROUNDS = int(os.environ.get("TORTURE", "20"))
SEED = int(os.environ.get("TORTURE_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
STAGES = 300  # the kill comes at one of the first so many messages, actions and requests …
LONGEST = 2.0  # … or in one of so many seconds after the login
EARLY = 0.15  # of all lives end before
CALL_EVERY = 0.15


class Story:
    """What must be in the CRM at the end, and what is."""

    def __init__(self, at: Stand) -> None:
        self.at = at
        self.journalled: set[str] = set()
        self.last = 0  # the first call after the last kill

    async def life(self) -> None:
        """The daemon starts, lives for a while and is killed."""
        dice = self.at.dice
        if dice.random() < EARLY:
            await self.at.killed_early(dice.uniform(0.2, LONGEST))
        else:
            await self.at.killed_at(dice.randrange(1, STAGES), dice.uniform(0, LONGEST))
        if self.at.journal.exists():
            text = self.at.journal.read_bytes().decode()
            self.journalled |= set(re.findall(r"\r\nUniqueid: (\S+)\r\n", text))

    def wanted(self) -> set[str]:
        """The calls that must be there: those that a killed daemon had in its journal, and those
        that a daemon was told from beginning to end after the last kill."""
        calls = [one.playing.uniqueid for one in self.at.pbx.calls]
        return {*calls[self.last :], *self.journalled.intersection(calls)}

    def logged(self) -> dict[str, dict[str, Any]]:
        """Uniqueid of the client's channel → the record that the CRM has."""
        bodies = self.at.crm.bodies.items()
        records = [body["record"] for key, body in bodies if "/log_call/" in key]
        return {record["call_id"].removeprefix("office-"): record for record in records}

    def missing(self) -> set[str]:
        """Calls and recordings that must be in the CRM and are not."""
        logged = self.logged()
        recordings = {
            f"crm/{record['call_id']}/attach_recording/{recording['id']}"
            for record in logged.values()
            for recording in record["recordings"]
            if recording["pbx_path"]
        }
        made = {key.replace("/attach_further_", "/attach_") for key in self.at.crm.effects}
        return (self.wanted() - logged.keys()) | (recordings - made)


@pytest.mark.proves("S0-61", "S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.torture
@pytest.mark.timeout(120 + 30 * ROUNDS)
async def test_nothing_is_lost_nothing_doubled_and_nobody_wrong_named(tmp_path: Path) -> None:
    async with stand(tmp_path, random.Random(SEED)) as at:
        story = Story(at)
        async with at.load(every=CALL_EVERY):
            for _ in range(ROUNDS):
                await story.life()
            await at.start()
            await at.follows()
            story.last = len(at.pbx.calls)
            await until(at.calls_more(20), "twenty calls more")

        async def all_there() -> bool:
            return not story.missing()

        told = f"TORTURE_SEED={SEED} in {tmp_path}"
        with suppress(NotInTime):
            await until(all_there, "everything to be in the CRM", within=300)
        assert story.missing() == set(), told
        effects, logged = at.crm.effects, story.logged()

    assert {key for key, times in effects.items() if times > 1} == set(), told
    clients = Counter(record["client"]["number"] for record in logged.values())
    called = {one.playing.client for one in at.pbx.calls}  # each of them once
    assert [number for number in called if clients[number] > 1] == [], told
    leads = Counter(body["phone"] for key, body in at.crm.bodies.items() if "/create_lead/" in key)
    assert [number for number, times in leads.items() if times > 1] == [], told
    assert numbers_shown(at) == [], told
    assert [said for one in at.pbx.calls if (said := wrong(one, logged))] == [], told


def numbers_shown(at: Stand) -> list[str]:
    """Whole numbers of clients in the log."""
    return re.findall(r"7916\d{7}", json.dumps(at.log()))


def wrong(heard: Heard, logged: dict[str, dict[str, Any]]) -> str:
    """What the record of this call says that is not so; nothing where it is honest."""
    record, call = logged.get(heard.playing.uniqueid), heard.playing
    if record is None:
        return ""
    if record["responsible"] not in (call.responsible, None):
        return f"{call.tape} {record['call_id']}: {record['responsible']}"
    if record["responsible"] != call.responsible and not record["needs_review"]:
        return f"{call.tape} {record['call_id']}: {record['responsible']} for sure"
    if not heard.end and not (record["needs_review"] and record["ended_at"] is None):
        return f"{call.tape} {record['call_id']}: an end that nobody told"
    return ""
