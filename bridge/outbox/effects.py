"""Each durable command as one write of the CRM port, with the results it refers to filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bridge.domain.application import Application
from bridge.domain.commands import (
    AttachRecording,
    AttachTranscription,
    CreateLead,
    CreateTask,
    LogCall,
    MadeEntity,
    Outcome,
    Planned,
    RateCall,
    Target,
    Upsert,
    Verdict,
)
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Announced, CallFinder, Crm, Rater, Transcriber
from bridge.domain.record import CallRecord

Results = Mapping[str, str]
About = CallRecord | Application


def needed(planned: Planned) -> tuple[str, ...]:
    """The keys whose results this command cannot do without."""
    match planned.command:
        case LogCall(entities=entities):
            return tuple(key for entity in entities for key in _keys(entity))
        case AttachRecording(call=call) | AttachTranscription(call=call) | RateCall(call=call):
            return (call.key,)
        case CreateTask(entity=entity):
            return _keys(entity)
        case Upsert(contact=contact, company=company):
            return (*_keys(contact), *_keys(company))
        case CreateLead():
            return ()


async def made(crm: Crm, planned: Planned, results: Results) -> str | None:
    """What an earlier attempt made, or None. Raises as reads of the port do."""
    match planned.command:
        case AttachRecording(call=call) | AttachTranscription(call=call) | RateCall(call=call) if (
            isinstance(crm, CallFinder) and call.key in results
        ):
            return await crm.find_on(planned.key, results[call.key])
    return await crm.find(planned.key)


async def effect(
    crm: Crm,
    planned: Planned,
    about: About,
    results: Results,
    announced: Announced | None = None,
) -> Outcome:
    """Do it. `results` must have all that `needed` names."""
    key = planned.key
    match planned.command:
        case CreateLead() as lead:
            return await crm.create_lead(lead, key)
        case CreateTask(entity=entity) as task:
            return await crm.create_task(task, _entity(entity, results) if entity else None, key)
        case Upsert() as upsert:
            return await _upsert(crm, upsert, results, key)
        case LogCall() | AttachRecording() as command if isinstance(about, CallRecord):
            return await _of_call(crm, command, about, results, announced, key)
        case AttachTranscription(call=call, lines=lines) if isinstance(crm, Transcriber):
            return await crm.attach_transcription(results[call.key], lines, key)
        case RateCall(call=call, rating=rating) if isinstance(crm, Rater):
            return await crm.rate_call(results[call.key], rating, key)
        case AttachTranscription():
            return Outcome(verdict=Verdict.REFUSED, detail="this CRM keeps no words of a call")
        case RateCall():
            return Outcome(verdict=Verdict.REFUSED, detail="this CRM takes no later rating")
    return Outcome(verdict=Verdict.REFUSED, detail="an application has no call; drop this entry")


async def _of_call(
    crm: Crm,
    command: LogCall | AttachRecording,
    record: CallRecord,
    results: Results,
    announced: Announced | None,
    key: str,
) -> Outcome:
    match command:
        case LogCall(user=user, entities=entities, notes=notes):
            noted = replace(record, oddities=(*record.oddities, *notes))
            targets = tuple(_entity(target, results) for target in entities)
            return await crm.log_call(noted, user, targets, key, announced)
        case AttachRecording(call=call, recording=recording):
            return await _attach(crm, record, results[call.key], recording, key)


async def _upsert(crm: Crm, upsert: Upsert, results: Results, key: str) -> Outcome:
    """A change names its entity as its result, so that what follows can refer to either."""
    fields = {**upsert.fields, **_belongs(upsert, results)}
    if upsert.id is None:
        match upsert.kind:
            case EntityKind.CONTACT:
                return await crm.create_contact(fields, key)
            case EntityKind.COMPANY:
                return await crm.create_company(fields, key)
            case EntityKind.DEAL:
                return await crm.create_deal(fields, upsert.pipeline or "", key)
    change = {
        EntityKind.CONTACT: crm.update_contact,
        EntityKind.COMPANY: crm.update_company,
        EntityKind.DEAL: crm.update_deal,
    }[upsert.kind]
    outcome = await change(upsert.id, fields) if fields else Outcome(verdict=Verdict.ACCEPTED)
    return replace(outcome, result=upsert.id)


def _belongs(upsert: Upsert, results: Results) -> dict[str, str]:
    """The contact and the company that it belongs to, by the names of the port's fields."""
    named = {"contact": upsert.contact, "company": upsert.company}
    return {word: _entity(of, results).id for word, of in named.items() if of is not None}


async def _attach(crm: Crm, record: CallRecord, call: str, id: str, key: str) -> Outcome:
    recording = next((item for item in record.recordings if item.id == id), None)
    if recording is None or recording.file is None:
        detail = f"the file of recording {id} is not known; find it, then retry"
        return Outcome(verdict=Verdict.REFUSED, detail=detail)
    file = recording.file if "://" in recording.file else Path(recording.file)
    return await crm.attach_recording(call, recording, file, key)


def _keys(target: Target | None) -> tuple[str, ...]:
    return (target.by.key,) if isinstance(target, MadeEntity) else ()


def _entity(target: Target, results: Results) -> EntityRef:
    return (
        target if isinstance(target, EntityRef) else EntityRef(target.kind, results[target.by.key])
    )
