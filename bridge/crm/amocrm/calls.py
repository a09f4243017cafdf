"""Finished calls: a note on each entity of the call, or where none is named, on the card that the
account finds by the number. A number that nothing there stores leaves no trace there.

A logged call is named by the cards that have it and our call id: `contacts/71,leads/19;pbx-1790.1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.crm.amocrm.answers import NO_CARD
from bridge.crm.amocrm.client import Client
from bridge.crm.amocrm.entities import PLURAL, is_open
from bridge.crm.amocrm.index import KINDS
from bridge.crm.amocrm.notes import Card, Notes, card, copied
from bridge.crm.amocrm.people import user_id
from bridge.crm.amocrm.search import Searcher
from bridge.crm.amocrm.shapes import MADE, rows
from bridge.crm.keys import Keys
from bridge.crm.names import printable
from bridge.crm.shapes import Row
from bridge.crm.trouble import Trouble, refused
from bridge.domain.causes import Cause
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Announced
from bridge.domain.record import CallRecord, Direction, Disposition

LEFT_A_MESSAGE, NOT_AVAILABLE, TALKED, WRONG_NUMBER, NO_ANSWER, BUSY = 1, 3, 4, 5, 6, 7
_STATUS: Final[Mapping[Disposition, int]] = {
    Disposition.ANSWERED: TALKED,
    Disposition.MISSED: NO_ANSWER,
    Disposition.VOICEMAIL: LEFT_A_MESSAGE,
    Disposition.BUSY: BUSY,
    Disposition.NO_ANSWER: NO_ANSWER,
    Disposition.FAILED: NOT_AVAILABLE,
}
_WRONG: Final = (Cause.UNALLOCATED, Cause.INVALID_NUMBER)
_PLURAL: Final = {
    "contact": "contacts",
    "company": "companies",
    "lead": "leads",
    "customer": "customers",
}
_BEFORE: Final = 24 * 3600  # seconds by which a note may be older than the call it is of
_HIDDEN: Final = "hidden"
_LONGEST_RESULT: Final = 250  # characters that people read
_MOST_ATTACHED: Final = 10_000  # calls whose further cards are known, for their recordings
_LOOKED: Final = 5  # open leads that an earlier attempt may have put the call on


@dataclass(frozen=True, slots=True)
class Logged:
    """A call in the account; without cards it is not there."""

    call_id: str
    cards: tuple[Card, ...]

    def __str__(self) -> str:
        return f"{','.join(map(str, self.cards))};{self.call_id}"


def as_logged(handle: str) -> Logged:
    """Raises Trouble for what is none of ours."""
    named, semicolon, call_id = handle.partition(";")
    parts = [each.partition("/") for each in named.split(",") if each]
    if not semicolon or not call_id or not all(id.isdecimal() for _, _, id in parts):
        raise refused(f"amoCRM has no call {handle}")
    return Logged(call_id, tuple(Card(plural, id) for plural, _, id in parts))


class Calls:
    """Every method raises Trouble."""

    def __init__(self, client: Client, search: Searcher, notes: Notes, keys: Keys) -> None:
        self._client = client
        self._settings = client.settings
        self._search = search
        self._notes = notes
        self._keys = keys
        # Cards that calls were attached to later, the last of them at the end.
        self._also: dict[str, tuple[Card, ...]] = {}

    async def log(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None,
    ) -> str:
        """Whatever an earlier attempt left is found and completed."""
        async with self._keys.one_at_a_time(record.call_id):
            if made := self._keys.made(key):
                return made
            note = self._note(record, user)
            if entities:
                cards = tuple(dict.fromkeys(map(card, entities)))
                await self._write(cards, note, record)
            else:
                cards = await self._by_number(record, note)
            made = str(Logged(record.call_id, cards))
            self._keys.remember(key, made)
            return made

    async def attach(self, call: str, entity: EntityRef, key: str) -> str:
        """Show a logged call on one more entity."""
        logged, where = as_logged(call), card(entity)
        async with self._keys.one_at_a_time(logged.call_id):
            if await self._notes.of_call(where, logged.call_id) is None:
                source = next(iter((await self.noted(logged)).values()))
                await self._notes.add(where, copied(source))
            self._attached(logged.call_id, where)
            return f"{where};{logged.call_id}"

    def _attached(self, call_id: str, where: Card) -> None:
        known = self._also.pop(call_id, ())
        self._also[call_id] = tuple(dict.fromkeys((*known, where)))
        if len(self._also) > _MOST_ATTACHED:
            del self._also[next(iter(self._also))]

    async def noted(self, logged: Logged) -> dict[Card, Row]:
        """The notes of a call. Raises Trouble when nothing has it."""
        cards = dict.fromkeys((*logged.cards, *self._also.get(logged.call_id, ())))
        found = await self._notes.where(cards, logged.call_id)
        if not found:
            raise refused(f"no entity of amoCRM shows the call {logged.call_id}")
        return found

    async def _write(self, cards: tuple[Card, ...], note: Row, record: CallRecord) -> None:
        """On each that has it not yet; one that is gone stops it before anything is written."""
        there = await self._notes.where(cards, record.call_id, _since(record))
        for where in cards:
            if where not in there:
                await self._notes.add(where, note)

    async def _by_number(self, record: CallRecord, note: Row) -> tuple[Card, ...]:
        """The account chooses among those that store the number; nobody does: nowhere."""
        cards = await self._storing(record.client.number)
        if not cards:
            return ()
        if there := await self._notes.where(cards, record.call_id, _since(record)):
            return tuple(there)
        return await self._register(record, note)

    async def _storing(self, number: str | None) -> list[Card]:
        if number is None:
            return []
        cards: list[Card] = []
        for kind in KINDS:
            rows = await self._search.storing(kind, number)
            leads = await self._search.leads_of(rows)
            open_leads = [row for row in leads if is_open(row)][:_LOOKED]
            cards += [Card("leads", str(row["id"])) for row in open_leads]
            cards += [Card(PLURAL[kind], str(row["id"])) for row in rows]
        return list(dict.fromkeys(cards))

    async def _register(self, record: CallRecord, note: Row) -> tuple[Card, ...]:
        outbound = record.direction is Direction.OUTBOUND
        about = {name: note[name] for name in note if name not in ("note_type", "params")}
        call = {**about, **note["params"], "direction": "outbound" if outbound else "inbound"}
        try:
            answer = await self._client.write("POST", "calls", [call], rows("calls", MADE))
        except Trouble as error:
            if error.code != NO_CARD:
                raise
            return ()
        made = [row for row in answer["_embedded"]["calls"] if row["entity_type"] in _PLURAL]
        return tuple(Card(_PLURAL[row["entity_type"]], str(row["entity_id"])) for row in made)

    def _note(self, record: CallRecord, user: str | None) -> Row:
        owner = user_id(user or self._settings.default_user)
        who: Row = {} if owner is None else {"created_by": owner, "responsible_user_id": owner}
        at = record.started_at or record.ended_at
        when: Row = {"created_at": int(at.timestamp())} if at else {}
        outbound = record.direction is Direction.OUTBOUND
        params = {
            "uniq": record.call_id,
            "duration": _talked(record),
            "source": self._settings.source,
            "phone": record.client.number or printable(record.client.raw or "") or _HIDDEN,
            "call_result": _result(record),
            **({} if owner is None else {"call_responsible": owner}),
            **_status(record),
        }
        return {"note_type": "call_out" if outbound else "call_in", "params": params, **who, **when}


def _since(record: CallRecord) -> int | None:
    at = record.started_at or record.ended_at
    return None if at is None else int(at.timestamp()) - _BEFORE


def _talked(record: CallRecord) -> int:
    """Whole seconds of talk; 0 when nobody did."""
    return round(record.talk_seconds or 0) if record.disposition is Disposition.ANSWERED else 0


def _status(record: CallRecord) -> dict[str, int]:
    """How the account names the end of this call; nothing where it is not known."""
    if record.disposition is None:
        return {}
    if record.disposition is Disposition.FAILED and record.cause in _WRONG:
        return {"call_status": WRONG_NUMBER}
    return {"call_status": _STATUS[record.disposition]}


def _result(record: CallRecord) -> str:
    """What a person reads beside the call: the company number, why nobody answered, the path."""
    number = f"{'from' if record.direction is Direction.OUTBOUND else 'to'} {record.did}"
    why = record.missed_reason.value if record.missed_reason else ""
    parts = [number if record.did else "", why, printable(record.path)]
    return ", ".join(filter(None, parts))[:_LONGEST_RESULT]
