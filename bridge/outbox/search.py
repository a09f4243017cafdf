"""What a CRM has of the people and things of an application, by the rules' order of searching."""

from __future__ import annotations

from bridge.domain.application import Application, Organisation, Person
from bridge.domain.entities import Company, Contact, Deal
from bridge.domain.ports import Crm, Search
from bridge.rules.application import Found


async def found_for(crm: Crm, application: Application) -> Found:
    """Raises what reads of the CRM raise."""
    contacts = await _contacts(crm, application.person)
    companies = await _companies(crm, application.company)
    deals = await _deals(crm, application, contacts, companies) if application.deal else ()
    return Found(contacts=contacts, companies=companies, deals=deals)


async def _contacts(crm: Crm, person: Person) -> tuple[Contact, ...]:
    ways = (
        Search(phone=person.phone) if person.phone else None,
        Search(email=person.email) if person.email else None,
    )
    for search in filter(None, ways):
        if found := await crm.find_contacts(search):
            return tuple(found)
    return ()


async def _companies(crm: Crm, company: Organisation) -> tuple[Company, ...]:
    ways = (
        Search(inn=company.inn) if company.inn else None,
        Search(requisite=company.requisite) if company.requisite else None,
        Search(phone=company.phone) if company.phone else None,
        Search(name=company.name) if company.name and not company.inn else None,
    )
    for search in filter(None, ways):
        if found := await crm.find_companies(search):
            return tuple(found)
    return ()


async def _deals(
    crm: Crm,
    application: Application,
    contacts: tuple[Contact, ...],
    companies: tuple[Company, ...],
) -> tuple[Deal, ...]:
    """The deal that is named, else those of the contact, else those of the company."""
    if application.deal.id:
        return tuple(await crm.find_deals(Search(id=application.deal.id)))
    found: list[Deal] = []
    if contacts:
        found += await crm.contact_deals(Search(id=contacts[0].id, open_only=True))
    if companies and not found:
        found += await crm.company_deals(Search(id=companies[0].id, open_only=True))
    return tuple(found)
