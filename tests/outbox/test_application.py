"""Applications on their way into the built-in CRM: once, in order, traceable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.crm.builtin import BuiltinCrm
from bridge.crm.builtin.settings import BuiltinSettings
from bridge.domain.application import Application
from bridge.domain.counters import NoCounters
from bridge.domain.ports import Search
from bridge.outbox.carrier import LEASE, Carrier
from bridge.outbox.destination import Destination
from bridge.outbox.retry import RetrySettings
from bridge.outbox.states import EntryState
from bridge.rules.policy import Policy
from bridge.storage.store import Store, open_store
from tests.outbox.conftest import StillClock

ANNA = {"name": "Anna", "phone": "+79161234567", "email": "anna@roga.example"}
ROGA = {"name": "Roga", "inn": "7701234567"}


def application(id: str = "42", **said: Any) -> Application:
    received = datetime(2026, 11, 18, tzinfo=UTC).isoformat()
    return Application.from_json({"id": id, "source": "site", "received_at": received, **said})


@dataclass
class Office:
    store: Store
    crm: BuiltinCrm
    clock: StillClock

    async def apply(self, *asked: Application) -> list[bool]:
        now = self.clock.now()
        return [await self.store.apply(one, ["crm"], now=now) for one in asked]

    async def deliver(self) -> None:
        to = Destination(name="crm", crm=self.crm, policy=Policy())
        carrier = Carrier(
            to,
            self.store,
            clock=self.clock,
            dice=lambda: 0.5,
            counters=NoCounters(),
            settings=RetrySettings(),
        )
        while works := await self._leased():
            for work in works:
                await carrier.carry(work)

    async def _leased(self) -> Any:
        now = self.clock.now()
        leased = await self.store.lease("crm", "w", now=now, until=now + LEASE, limit=10)
        return leased.works


@pytest.fixture
async def office(where: str, tmp_path: Path) -> AsyncIterator[Office]:
    crm = BuiltinCrm(BuiltinSettings(name="crm", file=tmp_path / "crm.db"))
    async with open_store(where, daemon=True) as store:
        yield Office(store, crm, StillClock())
    await crm.close()


@pytest.mark.proves("S3-01", "S3-02", "S3-04", "S3-22", "S3-27", "S3-31", "S3-35")
async def test_an_application_makes_what_is_not_there_and_ties_it_together(office: Office) -> None:
    await office.apply(application(person=ANNA, company=ROGA, deal={"title": "Pump"}))
    await office.deliver()
    (contact,) = await office.crm.find_contacts(Search(phone=ANNA["phone"]))
    (company,) = await office.crm.find_companies(Search(inn=ROGA["inn"]))
    (deal,) = await office.crm.contact_deals(Search(id=contact.id))
    assert (contact.company, deal.company, deal.title) == (company.id, company.id, "Pump")


@pytest.mark.proves("S3-22", "S3-27", "S3-31")
async def test_a_later_application_changes_what_the_first_one_made(office: Office) -> None:
    first = application("1", person=ANNA, deal={"title": "Pump"})
    later = application("2", person={**ANNA, "name": "Anna K."}, deal={"title": "Two pumps"})
    await office.apply(first, later)
    await office.deliver()
    (contact,) = await office.crm.find_contacts(Search(email=ANNA["email"]))
    (deal,) = await office.crm.contact_deals(Search(id=contact.id))
    assert (contact.name, deal.title) == ("Anna K.", "Two pumps")


async def test_the_same_application_twice_is_one(office: Office) -> None:
    assert await office.apply(application(person=ANNA), application(person=ANNA)) == [True, False]


@pytest.mark.proves("S3-34", "S3-36")
async def test_afterwards_one_sees_what_was_changed_from_what_and_why(office: Office) -> None:
    await office.apply(application("1", person=ANNA))
    await office.apply(application("2", person={**ANNA, "name": "Anna K."}))
    await office.deliver()
    (entry,) = await office.store.deliveries(call_id="application-2", states=(EntryState.DONE,))
    shown = await office.store.delivery(entry.id)
    assert shown is not None
    (write,) = shown.writes
    told = write.planned.to_json()
    assert told["command"]["before"] == {"name": "Anna"}
    assert "name taken over from application 2 (site)" in told["why"]
