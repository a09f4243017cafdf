"""The notes that calls leave on entities: one for a call and an entity, found by our call id.

Source: amoCRM developer documentation, "Events and notes". `uniq` is a label: nothing in the
account keeps a second note with the same one away, so it is looked for before each.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.amocrm.client import Client
from bridge.crm.amocrm.entities import PLURAL
from bridge.crm.shapes import Row
from bridge.domain.entities import EntityRef

CALLS: Final = ("call_in", "call_out")
_MOST: Final = 2000  # notes that are remembered


@dataclass(frozen=True, slots=True)
class Card:
    """Where a note stands: `contacts`, `companies` or `leads`, and the id."""

    plural: str
    id: str

    def __str__(self) -> str:
        return f"{self.plural}/{self.id}"


def card(entity: EntityRef) -> Card:
    return Card(PLURAL[entity.kind], entity.id)


class Notes:
    """Every method raises Trouble."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: OrderedDict[tuple[Card, str], Row] = OrderedDict()  # by card and call

    async def of_call(self, where: Card, call_id: str, since: int | None = None) -> Row | None:
        """The note of this call there; None where there is none. `since` (unix) bounds the
        reading. One that this process wrote or saw is not asked for again."""
        if (where, call_id) in self._known:
            return self._known[where, call_id]
        filter: dict[str, Any] = {"note_type": list(CALLS)}
        if since is not None:
            filter["updated_at"] = {"from": since}
        asked = {"filter": filter, "order": {"updated_at": "desc"}}
        for row in await self._client.rows(f"{where}/notes", "notes", asked):
            if row["params"].get("uniq") == call_id:
                return self._remember(where, row)
        return None

    async def has_text(self, where: Card, mark: str) -> bool:
        """Whether a common note there has this mark."""
        asked = {"filter": {"note_type": ["common"]}, "order": {"updated_at": "desc"}}
        rows = await self._client.rows(f"{where}/notes", "notes", asked)
        return any(mark in str(row["params"].get("text")) for row in rows)

    async def where(
        self, cards: Iterable[Card], call_id: str, since: int | None = None
    ) -> dict[Card, Row]:
        """Which of these have the note of this call."""
        found = {each: await self.of_call(each, call_id, since) for each in cards}
        return {each: row for each, row in found.items() if row is not None}

    async def add(self, where: Card, note: Mapping[str, Any]) -> None:
        body = {"entity_id": int(where.id), **note}
        made = await self._client.made(f"{where.plural}/notes", "notes", body)
        if note["note_type"] in CALLS:
            self._remember(where, {**note, "id": made["id"]})

    async def change(self, where: Card, note: Row, params: Mapping[str, Any]) -> None:
        """All of its parameters, for a change may take the place of all."""
        body = {
            "id": note["id"],
            "entity_id": int(where.id),
            "note_type": note["note_type"],
            "params": _without_nulls({**note["params"], **params}),
        }
        await self._client.write("PATCH", f"{where.plural}/notes", [body])
        self._remember(where, {**note, "params": body["params"]})

    def _remember(self, where: Card, note: Row) -> Row:
        self._known[where, str(note["params"].get("uniq"))] = note
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return note


def copied(note: Row) -> Row:
    """The same note for one more entity."""
    kept = ("note_type", "created_at", "created_by", "responsible_user_id")
    made = {name: note[name] for name in kept if note.get(name) is not None}
    return {**made, "params": _without_nulls(note["params"])}


def _without_nulls(params: Mapping[str, Any]) -> Row:
    """Null is refused there."""
    return {name: value for name, value in params.items() if value is not None}
