"""The recordings of a call: addresses of ours that a player in the account asks for. The first is a
part of the call's notes; every further one a note of its own beside them.

A link is signed anew each time, so two are of one recording when their paths are the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bridge.crm.amocrm.calls import Calls, as_logged
from bridge.crm.amocrm.notes import Card, Notes
from bridge.crm.amocrm.settings import AmoCrmSettings
from bridge.crm.keys import Keys, mark
from bridge.crm.shapes import Row
from bridge.crm.trouble import Trouble, refused, unplaced

FURTHER: Final = "attach_further_recording"  # the command of a key


class Recordings:
    """Every method raises Trouble."""

    def __init__(self, settings: AmoCrmSettings, calls: Calls, notes: Notes, keys: Keys) -> None:
        self._words = settings.further
        self._calls = calls
        self._notes = notes
        self._keys = keys

    async def attach(self, call: str, recording: str, file: Path | str, key: str) -> str:
        if isinstance(file, Path):
            raise refused(
                "amoCRM takes addresses of recordings and no files: write `recordings: link` for"
                " this destination"
            )
        logged = as_logged(call)
        async with self._keys.one_at_a_time(logged.call_id):
            if made := self._keys.made(key):
                return made
            if not logged.cards:
                raise unplaced("nothing in amoCRM stores the number of this call")
            noted = await self._calls.noted(logged)
            if FURTHER in key.split("/") or _taken(noted, file):
                await self._beside(noted, f"{self._words}: {file}", mark(key))
            else:
                await self._link(noted, file)
            made = f"{logged.call_id}/{recording}"
            self._keys.remember(key, made)
            return made

    async def _link(self, noted: dict[Card, Row], address: str) -> None:
        try:
            for where, note in noted.items():
                await self._notes.change(where, note, {"link": address})
        except Trouble as error:
            raise error.later() from error  # the same address again does no harm

    async def _beside(self, noted: dict[Card, Row], text: str, mark: str) -> None:
        for where in noted:
            if not await self._notes.has_text(where, mark):
                note = {"note_type": "common", "params": {"text": f"{text} {mark}"}}
                await self._notes.add(where, note)


def _taken(noted: dict[Card, Row], address: str) -> bool:
    """Whether the notes have another recording."""
    known = [str(note["params"].get("link") or "") for note in noted.values()]
    return any(each and urlsplit(each).path != urlsplit(address).path for each in known)
