"""The CRM behind the port: fields mapped, failures told. No policy: when to try again, and what to
do for whom, is decided elsewhere.

What is not here yet is inherited, and refuses: add a method, then its capability, then run the
tests. A read raises what `read` raises; a write never raises, `write` makes an Outcome of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.crm.asked import asked_by
from bridge.crm.keys import Keys
from bridge.crm.names import searchable
from bridge.crm.partial import Partial
from bridge.crm.phones import number, readable, several
from bridge.crm.template.api import Api, Row
from bridge.crm.template.settings import TemplateSettings
from bridge.crm.trouble import read, refused, write
from bridge.domain.commands import Outcome
from bridge.domain.entities import Contact, EntityKind, EntityRef, Match
from bridge.domain.ports import Announced, Capability, Probe, Search
from bridge.domain.record import CallRecord

CAPABILITIES: Final = frozenset(
    {Capability.CONTACTS, Capability.CALLS, Capability.LOOKUP, Capability.FIND}
)
_FIELDS: Final = ("name", "phone", "email", "owner", "company")
_ANSWERS: Final = {EntityKind.CONTACT: ("id", "phone", "name", "email", "company")}


class TemplateCrm(Partial):
    def __init__(self, settings: TemplateSettings) -> None:
        self.name = settings.name
        self.settings = settings
        self._api = Api(settings)
        self._keys = Keys()  # one write of a key at a time, and what it made

    async def find_contacts(self, query: Search) -> list[Contact]:
        return await read(self._find(query))

    async def create_contact(self, fields: Mapping[str, str], key: str) -> Outcome:
        return await write(self._create(fields, key))

    async def update_contact(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await write(self._update(id, fields))

    async def lookup(self, phone: str) -> list[Match]:
        return await read(self._lookup(phone))

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        return await write(self._log(record, user, entities, key))

    async def find(self, key: str) -> str | None:
        return await read(self._made(key))

    async def probe(self) -> Probe:
        """Asks something small, so that a wrong login is seen at the start."""
        await read(self._api.contacts())
        return Probe(capabilities=CAPABILITIES)

    async def close(self) -> None:
        await self._api.close()

    async def _find(self, query: Search) -> list[Contact]:
        """Whatever the CRM's own search finds is compared again: numbers in E.164."""
        asked_by(EntityKind.CONTACT, query, _ANSWERS)
        found = [self._contact(row) for row in await self._api.contacts()]
        return [each for each in found if self._answers(each, query)]

    async def _create(self, fields: Mapping[str, str], key: str) -> str:
        async with self._keys.one_at_a_time(key):
            if made := await self._made(key):
                return made
            row = {**_checked(fields), "key": key}
            id = await self._api.add_contact(row)
            self._keys.remember(key, id)
            return id

    async def _update(self, id: str, fields: Mapping[str, str]) -> str:
        await self._api.change_contact(id, _checked(fields))
        return id

    async def _lookup(self, phone: str) -> list[Match]:
        if number(phone, self.settings.region) is None:
            return []
        found = await self._find(Search(phone=phone))
        return [
            Match(
                entity=EntityRef(EntityKind.CONTACT, each.id),
                name=each.name,
                owner=each.owner,
                company=each.company,
            )
            for each in found
        ]

    async def _log(
        self, record: CallRecord, user: str | None, entities: tuple[EntityRef, ...], key: str
    ) -> str:
        async with self._keys.one_at_a_time(record.call_id):
            for entity in entities:
                if not await self._find(Search(id=entity.id)):
                    raise refused(f"there is no {entity.kind} {entity.id!r}")
            logged = [row for row in await self._api.calls() if row["call"] == record.call_id]
            row = {"call": record.call_id, "key": key, "user": user, "record": record.to_json()}
            id = logged[0]["id"] if logged else await self._api.add_call(row)
            self._keys.remember(key, id)
            return str(id)

    async def _made(self, key: str) -> str | None:
        """Memory answers at once, the CRM after a restart."""
        if made := self._keys.made(key):
            return made
        rows = [*await self._api.contacts(), *await self._api.calls()]
        return next((str(row["id"]) for row in rows if row["key"] == key), None)

    def _contact(self, row: Row) -> Contact:
        return Contact(
            id=row["id"],
            name=row.get("name", ""),
            phones=readable(several(row.get("phone", "")), self.settings.region),
            emails=tuple(several(row.get("email", ""))),
            owner=row.get("owner"),
            company=row.get("company"),
        )

    def _answers(self, found: Contact, query: Search) -> bool:
        phone = query.phone and number(query.phone, self.settings.region)
        emails = [email.casefold() for email in found.emails]
        return (
            (query.id is None or found.id == query.id)
            and (query.phone is None or phone in found.phones)
            and (query.name is None or searchable(query.name) in searchable(found.name))
            and (query.email is None or query.email.casefold() in emails)
            and (query.company is None or found.company == query.company)
        )


def _checked(fields: Mapping[str, str]) -> dict[str, str]:
    """A name that is not known never vanishes silently."""
    if unknown := sorted(set(fields) - set(_FIELDS)):
        raise refused(f"a contact has no field {', '.join(unknown)}; it has: {', '.join(_FIELDS)}")
    return dict(fields)
