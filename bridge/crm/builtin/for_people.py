"""What people see of the CRM and do in it by hand: lists and cards, notes, clients from a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.crm.builtin import names, pages, people
from bridge.crm.builtin.intake import Entry, Mistake, take
from bridge.crm.builtin.pages import Line
from bridge.crm.builtin.transactions import Transactions
from bridge.domain.commands import Outcome


class ForPeople:
    """Reads raise CrmUnavailable or CrmRefused, as those of the port."""

    _file: Transactions

    async def rows(self, kind: str, limit: int = 50, before: int | None = None) -> list[Line]:
        """One of `pages.LISTS` or `users`, newest first; `before` is the last id already seen."""
        if kind == "users":
            return await self._file.read(pages.users)
        return await self._file.read(lambda c: pages.rows(c, kind, limit, before))

    async def card(self, kind: str, id: str) -> Line | None:
        """One thing with everything around it, or None."""
        return await self._file.read(lambda c: pages.card(c, kind, id))

    async def names(self, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Of each of these rows what its ids stand for, by column; see `names.names`."""
        return await self._file.read(lambda c: names.names(c, lines))

    async def links(self, call_ids: Sequence[str]) -> dict[str, list[str]]:
        """For each of these calls the entities it is shown on, as `lead 7`."""
        return await self._file.read(lambda c: pages.links(c, call_ids))

    async def add_note(self, kind: str, id: str, author: str | None, text: str) -> Outcome:
        """An operator's note beside an entity or a call (`kind` `call`)."""
        return await self._file.write(
            lambda w: people.add_note(w.connection, kind, id, author, text, w.now)
        )

    async def take(self, entries: Sequence[Entry]) -> tuple[Counter[str], list[Mistake]]:
        """Clients of a list, each found or made: how many of what, and what could not be taken.
        Raises as the reads do."""
        return await self._file.change(lambda w: take(w, entries))
