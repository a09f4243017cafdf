"""Stand: a CRM under check, and the people, numbers and names that a check may use in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import phonenumbers

from bridge.crm.suite import made
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, Crm


class NotMade(Exception):
    """The CRM did not take what a check needs."""


class LeftOut(Exception):
    """This CRM lacks something that a check needs, which is no fault of its connector's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Nothing in `crm` has the numbers `client`, `stranger` and `office`, the `inn`, the `kpp`, or
    a name with `mark` in it. `users`, with their extensions, are two people of the CRM; `stages`
    are the first stage of `pipeline` and one that closes a deal. `wav` is a recording, and
    `address` where the CRM can fetch it; none: it cannot. `links_only`: it takes no files.
    `known` is the number of somebody who is there, where that was said. What is empty the CRM does
    not have."""

    crm: Crm
    capabilities: frozenset[Capability]
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pipeline: str = ""
    stages: tuple[str, str] = ("", "")
    wav: Path
    address: str | None = None
    links_only: bool = False
    known: str | None = None
    client: str = made.CLIENT
    stranger: str = made.STRANGER
    office: str = made.OFFICE
    inn: str = "7707083893"
    kpp: str = "770701001"
    mark: str = ""

    @property
    def anna(self) -> str:
        return self._user(0)

    @property
    def boris(self) -> str:
        return self._user(1)

    @property
    def first_stage(self) -> str:
        return self.stages[0] or _left_out("no stage is known that a deal begins in")

    @property
    def lost_stage(self) -> str:
        return self.stages[1] or _left_out("no stage is known that closes a deal: --lost-stage")

    @property
    def sound(self) -> Path | str:
        """The recording as this CRM takes it."""
        return self.fetched if self.links_only else self.wav

    @property
    def fetched(self) -> str:
        """The recording where the CRM can fetch it."""
        return self.address or _left_out("no address of a recording is known: --recording-url")

    async def contact(self, **fields: str) -> str:
        given = {"name": f"Иван Ёлкин{self.mark}", "phone": self.client, **fields}
        return id_of(await self.crm.create_contact(given, made.key()))

    async def company(self, **fields: str) -> str:
        given = {
            "name": f"ООО Ромашка{self.mark}",
            "phone": self.office,
            "inn": self.inn,
            **fields,
        }
        return id_of(await self.crm.create_company(given, made.key()))

    async def deal(self, **fields: str) -> str:
        given = {"title": f"Принтер{self.mark}", **fields}
        return id_of(await self.crm.create_deal(given, self.pipeline, made.key()))

    async def lead(self, **fields: object) -> str:
        given = {"title": f"Звонок{self.mark}", "phone": self.stranger, **fields}
        return id_of(await self.crm.create_lead(made.lead(**given), made.key()))

    async def call(self, number: str | None = None) -> str:
        record = made.call(number or self.client)
        return id_of(await self.crm.log_call(record, None, (), made.key()))

    async def client_call(self) -> str:
        """A call of a client, where the CRM has clients: some show no others."""
        has_clients = Capability.CONTACTS in self.capabilities
        on = (EntityRef(EntityKind.CONTACT, await self.contact()),) if has_clients else ()
        return id_of(await self.crm.log_call(made.call(self.client), None, on, made.key()))

    def _user(self, place: int) -> str:
        users = list(self.users)
        return users[place] if place < len(users) else _left_out("two users with extensions")

    def as_dialled(self, number: str) -> str:
        """As people of its country write it: `8 (916) 123-45-67`."""
        style = phonenumbers.PhoneNumberFormat.NATIONAL
        return phonenumbers.format_number(phonenumbers.parse(number), style)

    def without_prefix(self, number: str) -> str:
        """`9161234567`."""
        return phonenumbers.national_significant_number(phonenumbers.parse(number))


def _left_out(why: str) -> NoReturn:
    raise LeftOut(why)


def id_of(outcome: Outcome) -> str:
    """The id of what was written. Raises NotMade when it was not."""
    if outcome.verdict is not Verdict.ACCEPTED or outcome.result is None:
        raise NotMade(f"the CRM says {outcome.verdict}: {outcome.detail}")
    return outcome.result
