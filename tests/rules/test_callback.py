"""A client who was promised a call back after hours is not forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.commands import CreateTask, MadeEntity, Planned
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.record import CallRecord, Direction, Disposition
from bridge.domain.routes import CALLBACK
from bridge.routing.settings import AfterHours, ClosedTo, RoutingSettings
from bridge.rules.plan import plan
from bridge.rules.policy import Policy
from tests.rules.office import CLIENT, POLICY, SALES, case, contact, hidden, missed

EVENING = datetime(2026, 11, 27, 18, 14, tzinfo=UTC)  # a Friday, 21:14 in Moscow
WEEK: dict[str, Any] = {"zone": "Europe/Moscow", "week": {"mon-fri": "09:00-18:00"}}
HOURS = RoutingSettings.model_validate({"schedules": {"office": WEEK}, "hours": "office"})


def promised(**facts: Any) -> CallRecord:
    return missed(labels=(f"did:{SALES}", CALLBACK), started_at=EVENING, **facts)


def tasks(
    record: CallRecord, *known: Match, policy: Policy = POLICY, **of_the_case: Any
) -> list[Planned]:
    asked = replace(case(record, *known, policy=policy), opens=HOURS.opens, **of_the_case)
    return [one for one in plan(asked) if isinstance(one.command, CreateTask)]


def only(planned: list[Planned]) -> CreateTask:
    (one,) = planned
    assert isinstance(one.command, CreateTask)
    return one.command


@pytest.mark.proves("S0-58")
def test_the_owner_gets_a_task_with_number_did_and_time_due_when_the_company_opens() -> None:
    task = only(tasks(promised(), contact()))
    assert task.title == f"Call back {CLIENT}, who called Sales at 2026-11-27 21:14"
    assert (task.owner, task.entity) == ("u102", EntityRef(EntityKind.CONTACT, "7"))
    monday = datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("Europe/Moscow"))
    assert task.fields == {"deadline": monday.isoformat()}


def test_a_strangers_task_is_on_his_new_lead() -> None:
    task = only(tasks(promised()))
    assert isinstance(task.entity, MadeEntity)


def test_a_company_that_never_opens_has_promised_no_moment() -> None:
    never = RoutingSettings.model_validate({"schedules": {"never": {"week": {}}}, "hours": "never"})
    asked = replace(case(promised(), contact()), opens=never.opens)
    task = only([one for one in plan(asked) if isinstance(one.command, CreateTask)])
    assert (task.fields, task.title.endswith("18:14")) == ({}, True)


def test_the_title_is_the_companys_own() -> None:
    policy = Policy(callback_title="Перезвонить {client}")
    assert only(tasks(promised(), contact(), policy=policy)).title == f"Перезвонить {CLIENT}"


@pytest.mark.parametrize(
    ("record", "of_the_case"),
    [
        (missed(labels=("closed, voicemail",)), {}),
        (missed(), {}),
        (promised(direction=Direction.OUTBOUND), {}),
        (promised(disposition=Disposition.ANSWERED), {}),
        (hidden(labels=(CALLBACK,), started_at=EVENING), {}),
        (promised(), {"has_tasks": False}),
    ],
    ids=["voicemail", "no_label", "outbound", "answered", "hidden", "no_tasks_in_the_crm"],
)
def test_nobody_else_is_called_back(record: CallRecord, of_the_case: dict[str, Any]) -> None:
    assert tasks(record, contact(), **of_the_case) == []


def test_the_label_is_what_routing_says_of_such_a_call() -> None:
    assert f"closed, {AfterHours(to=ClosedTo.CALLBACK).to}" == CALLBACK
