"""Each durable command as one write of the CRM port, with the results it refers to filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bridge.domain.commands import (
    AttachCall,
    AttachRecording,
    CreateLead,
    CreateTask,
    LogCall,
    MadeEntity,
    Outcome,
    Planned,
    Target,
    Verdict,
)
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Crm
from bridge.domain.record import CallRecord

Results = Mapping[str, str]


def needed(planned: Planned) -> tuple[str, ...]:
    """The keys whose results this command cannot do without."""
    match planned.command:
        case LogCall(entities=entities):
            return tuple(key for entity in entities for key in _keys(entity))
        case AttachCall(call=call, entity=entity):
            return (call.key, *_keys(entity))
        case AttachRecording(call=call):
            return (call.key,)
        case CreateTask(entity=entity):
            return _keys(entity)
        case CreateLead():
            return ()


async def effect(crm: Crm, planned: Planned, record: CallRecord, results: Results) -> Outcome:
    """Do it. `results` must have all that `needed` names."""
    key = planned.key
    match planned.command:
        case CreateLead() as lead:
            return await crm.create_lead(lead, key)
        case LogCall(user=user, entities=entities, notes=notes):
            noted = replace(record, oddities=(*record.oddities, *notes))
            targets = tuple(_entity(target, results) for target in entities)
            return await crm.log_call(noted, user, targets, key)
        case AttachCall(call=call, entity=entity):
            return await crm.attach_call(results[call.key], _entity(entity, results), key)
        case AttachRecording(call=call, recording=recording):
            return await _attach(crm, record, results[call.key], recording, key)
        case CreateTask(entity=entity) as task:
            return await crm.create_task(task, _entity(entity, results) if entity else None, key)


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
