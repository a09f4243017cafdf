"""The CRM's own API. This one keeps everything in memory: put your CRM's requests in its place.

Each method is one request. Raise Trouble for what goes wrong: `http.py` beside this does it for a
CRM over HTTP, and `refused(…)` says what the CRM will never take.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from bridge.crm.template.settings import TemplateSettings
from bridge.crm.trouble import refused

Row = dict[str, Any]


class Api:
    def __init__(self, settings: TemplateSettings) -> None:
        self._settings = settings
        self._contacts: dict[str, Row] = {}
        self._calls: dict[str, Row] = {}
        self._ids = count(1)

    async def contacts(self) -> list[Row]:
        return list(self._contacts.values())

    async def add_contact(self, row: Mapping[str, Any]) -> str:
        id = str(next(self._ids))
        self._contacts[id] = {**row, "id": id}
        return id

    async def change_contact(self, id: str, row: Mapping[str, Any]) -> None:
        if id not in self._contacts:
            raise refused(f"there is no contact {id!r}")
        self._contacts[id] |= row

    async def calls(self) -> list[Row]:
        return list(self._calls.values())

    async def add_call(self, row: Mapping[str, Any]) -> str:
        id = str(next(self._ids))
        self._calls[id] = {**row, "id": id}
        return id

    async def close(self) -> None:
        """Close the connections of your client here."""
