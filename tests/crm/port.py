"""Every method of the port once, on things that are there; and what may come back from it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from bridge.domain.commands import CreateTask, Outcome, Verdict
from bridge.domain.entities import Dictionaries
from bridge.domain.ports import Crm, LiveCall, Search
from bridge.domain.record import Direction
from tests.crm.contract import made

ADDRESS: Final = "https://calls.example/r/rec-1.mp3"
_IDS: Final = ("id", "owner", "contact", "company", "pipeline", "stage")
_ID: Final = re.compile(r"[1-9][0-9]*|lost")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the CRM holds: ids, a logged call, and keys under which something was made."""

    contact: str
    company: str
    deal: str
    lead: str
    call: str
    pipeline: str
    stage: str
    user: str
    since: str


Method = Callable[[Crm, Known], Awaitable[Any]]


def _key(command: str, subject: str = "") -> str:
    return f"crm/pbx-7.7/{command}/{subject}"


def _live(known: Known) -> LiveCall:
    record = made.call()
    return LiveCall(
        call_id=record.call_id,
        direction=Direction.INBOUND,
        client=record.client,
        did=record.did,
        user=known.user,
    )


async def _changes(crm: Crm, known: Known) -> Any:
    return [each async for each in crm.changes(known.since)]


async def _log(crm: Crm, known: Known, *kinds: str) -> Outcome:
    on = tuple(made.ref(kind, getattr(known, kind)) for kind in kinds)
    return await crm.log_call(made.call(), known.user, on, made.key("log_call"))


READS: Final[dict[str, Method]] = {
    "find_contacts": lambda crm, _: crm.find_contacts(Search(phone=made.CLIENT)),
    "find_contacts by id": lambda crm, known: crm.find_contacts(Search(id=known.contact)),
    "find_contacts by name": lambda crm, _: crm.find_contacts(Search(name="Ёлкин")),
    "contact_deals": lambda crm, known: crm.contact_deals(Search(id=known.contact)),
    "find_companies": lambda crm, _: crm.find_companies(Search(phone=made.OFFICE)),
    "find_companies by INN": lambda crm, _: crm.find_companies(Search(inn="7707083893")),
    "company_deals": lambda crm, known: crm.company_deals(Search(id=known.company)),
    "find_deals": lambda crm, known: crm.find_deals(Search(contact=known.contact)),
    "find_deals by stage": lambda crm, known: crm.find_deals(Search(stage=known.stage)),
    "deal_users": lambda crm, known: crm.deal_users(known.deal),
    "dictionaries": lambda crm, _: crm.dictionaries(),
    "find_leads": lambda crm, _: crm.find_leads(Search(phone=made.STRANGER)),
    "find_leads by id": lambda crm, known: crm.find_leads(Search(id=known.lead)),
    "lookup": lambda crm, _: crm.lookup(made.CLIENT),
    "lookup of a stranger": lambda crm, _: crm.lookup(made.STRANGER),
    "phones": lambda crm, _: crm.phones(None),
    "changes": _changes,
    "users": lambda crm, _: crm.users(),
    "find a lead": lambda crm, _: crm.find(_key("create_lead")),
    "find a task": lambda crm, _: crm.find(_key("create_task")),
    "find a call": lambda crm, _: crm.find(_key("log_call")),
    "find a contact": lambda crm, _: crm.find(_key("upsert", "contact")),
    "probe": lambda crm, _: crm.probe(),
}
WRITES: Final[dict[str, Method]] = {
    "create_contact": lambda crm, known: crm.create_contact(
        {"name": "Анна", "phone": "+79160000001", "company": known.company}, made.key()
    ),
    "update_contact": lambda crm, known: crm.update_contact(known.contact, {"phone": made.CLIENT}),
    "create_company": lambda crm, _: crm.create_company({"name": "ООО"}, made.key()),
    "update_company": lambda crm, known: crm.update_company(known.company, {"name": "ЗАО"}),
    "create_deal": lambda crm, known: crm.create_deal(
        {"title": "x", "contact": known.contact, "users": known.user}, known.pipeline, made.key()
    ),
    "update_deal": lambda crm, known: crm.update_deal(known.deal, {"stage": known.stage}),
    "log_call": _log,
    "log_call on a contact": lambda crm, known: _log(crm, known, "contact", "deal"),
    "attach_recording": lambda crm, known: crm.attach_recording(
        known.call, made.recording(), ADDRESS, made.key("attach_recording")
    ),
    "attach_further_recording": lambda crm, known: crm.attach_recording(
        known.call, made.recording(), ADDRESS, made.key("attach_further_recording")
    ),
    "attach_call": lambda crm, known: crm.attach_call(
        known.call, made.ref("company", known.company), made.key("attach_call")
    ),
    "create_lead": lambda crm, _: crm.create_lead(
        made.lead(phone="+79160000002"), made.key("create_lead")
    ),
    "create_lead of a client": lambda crm, known: crm.create_lead(
        made.lead(contact=known.contact, phone=made.CLIENT, repeat=True), made.key("create_lead")
    ),
    "update_lead": lambda crm, known: crm.update_lead(known.lead, {"closed": "true"}),
    "create_task": lambda crm, known: crm.create_task(
        CreateTask(title="Call back", owner=known.user),
        made.ref("contact", known.contact),
        made.key("create_task"),
    ),
    "notify": lambda crm, known: crm.notify(known.user, "A call was missed"),
    "announce": lambda crm, known: crm.announce(_live(known), made.key()),
    "show": lambda crm, known: crm.show(f"pbx-1.1;{made.CLIENT}", (known.user,)),
    "hide": lambda crm, known: crm.hide(f"pbx-1.1;{made.CLIENT}", (known.user,)),
}
METHODS: Final = {**READS, **WRITES}


def strange_ids(result: Any) -> list[str]:
    """The ids in a result that are none: what was accepted has one, and nobody is None."""
    if isinstance(result, str):
        return [] if _ID.fullmatch(result) else [result]
    if isinstance(result, Outcome):
        made_it = result.verdict is Verdict.ACCEPTED
        return [str(result.result)] if made_it and "None" in str(result.result) else []
    return [f"{name}={id!r}" for name, id in _ids(result) if id and not _ID.fullmatch(id)]


def _ids(result: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(result, Dictionaries):
        yield from (("pipeline", id) for id in result.pipelines)
        yield from (("stage", id) for stages in result.stages.values() for id in stages)
    elif isinstance(result, list | tuple):
        for each in result:
            yield from _ids(each)
    elif is_dataclass(result):
        for each in fields(result):
            value = getattr(result, each.name)
            if each.name in _IDS:
                yield each.name, value
            yield from _ids(value)


async def furnished(
    crm: Crm,
    *,
    pipeline: str,
    stage: str,
    user: str,
    since: str,
    deal_of: tuple[str, ...] = ("contact",),
    **of_contact: str,
) -> Known:
    """A contact of a company with a deal, the lead of a stranger, and a logged call."""
    company = await made.company(crm)
    contact = await made.contact(crm, company=company, **of_contact)
    place = {word: {"contact": contact, "company": company}[word] for word in deal_of}
    deal = await made.deal(crm, pipeline, users=user, **place)
    lead = made.made(await crm.create_lead(made.lead(), "crm/pbx-7.7/create_lead/"))
    on = (made.ref("contact", contact), made.ref("deal", deal))
    return Known(
        contact=contact,
        company=company,
        deal=deal,
        lead=lead,
        call=made.made(await crm.log_call(made.call(), None, on, made.key())),
        pipeline=pipeline,
        stage=stage,
        user=user,
        since=since,
    )
