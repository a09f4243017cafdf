"""Who is it that calls: the entities that store a number, all of them, and what changed since.

The portal keeps no list of what changed: the rows changed since a moment are read, and compared
with what was handed out before, so that a number that is stored no more is told of too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from bridge.crm.bitrix24.client import Ask, Client, Command
from bridge.crm.bitrix24.entities import (
    Row,
    deal,
    person,
    reference,
    values,
)
from bridge.crm.bitrix24.search import (
    DEALS,
    SHARED,
    clients_of,
    deal_rows,
    deals_of,
    holders,
    ids_of,
    listing,
)
from bridge.crm.limiter import Priority
from bridge.crm.phones import forms, number
from bridge.crm.telling import Found, Telling
from bridge.crm.trouble import refused
from bridge.domain.entities import Deal, EntityKind, EntityRef, Match
from bridge.domain.ports import PhoneChange, PhonePage

KINDS: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD)
_PAGE: Final = 50
_CHANGED: Final = 400  # pages: a list of clients may have been brought in meanwhile
_ROUTE: Final = Ask(priority=Priority.ROUTE)
_PRELOAD: Final = Ask(priority=Priority.PRELOAD)


class Index:
    """Every method raises Trouble. `gone` are deleted entities: no search finds those."""

    def __init__(self, client: Client, gone: set[EntityRef]) -> None:
        self._client = client
        self._gone = gone
        self._region = client.settings.region
        self._telling = Telling()

    async def lookup(self, phone: str, ask: Ask = _ROUTE) -> list[Match]:
        """Contacts, then companies, then leads in work that store the number."""
        wanted = number(phone, self._region)
        if wanted is None:
            return []
        written = forms(wanted, self._region)
        commands = {kind.value: holders(kind, "PHONE", written) for kind in KINDS}
        answer = await self._client.batch(commands, ask)
        ids = {kind: ids_of(answer[kind.value]) for kind in KINDS}
        found = await self._entities({kind: some for kind, some in ids.items() if some}, ask)
        storing = [ref for ref, phones in found.phones.items() if wanted in phones]
        return [found.matches[ref] for ref in storing]

    async def phones(self, page: str | None) -> PhonePage:
        """A page is named `kind:last id`. Raises Trouble for another name."""
        kind, after = _place(page)
        since = _stamp(self._client.time())
        rows = (await self._client.batch({"rows": _page(kind, after)}, _PRELOAD))["rows"]
        found = await self._matched({kind: rows}, _PRELOAD)
        self._telling.tell(found)
        last = f"{kind.value}:{rows[-1]['ID']}" if len(rows) == _PAGE else _following(kind)
        return PhonePage(phones=found.pairs(), next=last, since=since)

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        try:
            datetime.fromisoformat(since)
        except ValueError:
            raise refused(f"{since!r} is no moment; start from that of `phones`") from None
        cursor = _stamp(self._client.time())
        now, gone = await self._changed(since), set(self._gone)
        now.phones |= dict.fromkeys(gone, ())
        lookup = partial(self.lookup, ask=_PRELOAD)
        async for change in self._telling.changes(now, lookup, since, cursor):
            yield change
        self._gone -= gone

    async def _changed(self, since: str) -> Found:
        """The entities changed since then, and the clients of changed deals."""
        filter = {">=DATE_MODIFY": since}
        commands = {kind.value: listing(kind, filter) for kind in (*KINDS, EntityKind.DEAL)}
        rows = await self._client.lists(commands, _PRELOAD, pages=_CHANGED)
        ids = {kind: [str(row["ID"]) for row in rows[kind.value]] for kind in KINDS}
        for kind in (EntityKind.CONTACT, EntityKind.COMPANY):
            clients = (reference(row.get(f"{kind.name}_ID")) for row in rows["deal"])
            ids[kind] = list(dict.fromkeys([*ids[kind], *_known(clients)]))
        return await self._entities({kind: some for kind, some in ids.items() if some}, _PRELOAD)

    async def _entities(self, ids: Mapping[EntityKind, list[str]], ask: Ask) -> Found:
        if not ids:
            return Found()
        commands = {kind.value: listing(kind, {"@ID": some}) for kind, some in ids.items()}
        commands |= _open_deals(ids)
        rows = await self._client.lists(commands, ask, spared=SHARED)
        return self._read({kind: rows[kind.value] for kind in ids}, rows)

    async def _matched(self, rows: Mapping[EntityKind, list[Row]], ask: Ask) -> Found:
        """These rows with their open deals."""
        ids = {kind: [str(row["ID"]) for row in some] for kind, some in rows.items() if some}
        commands = _open_deals(ids)
        deals = await self._client.lists(commands, ask, spared=SHARED) if commands else {}
        return self._read(rows, deals)

    def _read(self, rows: Mapping[EntityKind, list[Row]], deals: Mapping[str, list[Any]]) -> Found:
        found = Found()
        for kind, some in rows.items():
            open_deals = _deals_of(kind, deals)
            for row in sorted(some, key=lambda each: int(each["ID"])):
                ref = EntityRef(kind, str(row["ID"]))
                closed = kind is EntityKind.LEAD and row.get("STATUS_SEMANTIC_ID") != "P"
                known = (number(raw, self._region) for raw in values(row.get("PHONE")))
                phones = tuple(dict.fromkeys(_known(known)))
                found.phones[ref] = () if closed else phones
                found.matches[ref] = self._match(ref, row, open_deals)
        return found

    def _match(self, ref: EntityRef, row: Row, deals: Iterable[Row]) -> Match:
        return Match(
            entity=ref,
            name=str(row.get("TITLE") or "") or person(row),
            owner=reference(row.get("ASSIGNED_BY_ID")),
            company=reference(row.get("COMPANY_ID")),
            open_deals=tuple(self._deals(ref, deals)),
        )

    def _deals(self, ref: EntityRef, rows: Iterable[Row]) -> Iterable[Deal]:
        mine = (row for row in rows if ref.id in clients_of(row, ref.kind))
        return (deal(row, self._client.settings) for row in mine)


def _known(some: Iterable[str | None]) -> Iterable[str]:
    return (each for each in some if each is not None)


def _open_deals(ids: Mapping[EntityKind, list[str]]) -> dict[str, Command]:
    """Contacts and companies apart, since a batch names each of its parts once."""
    commands: dict[str, Command] = {}
    for kind, some in ids.items():
        if kind is not EntityKind.LEAD:
            parts = deals_of(kind, some, CLOSED="N")
            commands |= {_part(key, kind): command for key, command in parts.items()}
    return commands


def _part(key: str, kind: EntityKind) -> str:
    return key if key == SHARED else f"{key}_{kind.value}"


def _deals_of(kind: EntityKind, found: Mapping[str, list[Any]]) -> list[Row]:
    shared = found.get(SHARED, []) if kind is EntityKind.CONTACT else []
    return deal_rows({DEALS: found.get(_part(DEALS, kind), []), SHARED: shared})


def _page(kind: EntityKind, after: str) -> Command:
    """Fifty rows after an id, uncounted: the fast way through a long list."""
    filter = {">ID": after, "HAS_PHONE": "Y"} | (
        {"STATUS_SEMANTIC_ID": "P"} if kind is EntityKind.LEAD else {}
    )
    return listing(kind, filter, order={"ID": "ASC"}, start=-1)


def _place(page: str | None) -> tuple[EntityKind, str]:
    kind, _, after = (page or f"{KINDS[0].value}:0").partition(":")
    if kind not in [each.value for each in KINDS] or not after.isdecimal():
        raise refused(f"{page!r} is no page of this portal; begin anew")
    return EntityKind(kind), after


def _following(kind: EntityKind) -> str | None:
    """The first page of the next kind; None after the last."""
    rest = KINDS[KINDS.index(kind) + 1 :]
    return f"{rest[0].value}:0" if rest else None


def _stamp(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="seconds")
