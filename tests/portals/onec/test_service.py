"""The service of 1C answers as docs/connectors.md says, and takes nothing else."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.portals.onec.base import Base, guid
from tests.portals.onec.service import Service

EVENT: Final = guid("event")
CALL: Final = {
    "event_id": EVENT,
    "call_id": "pbx-1.1",
    "direction": "in",
    "result": "answered",
    "started": "2026-09-21T12:00:00+03:00",
}
TASK: Final = {"event_id": EVENT, "kind": "missed_call"}
LEAD: Final = {"event_id": EVENT, "title": "Звонок", "phone": "+79161234567"}


async def asked(
    method: str, path: str, given: Any, base: Base | None = None
) -> tuple[int, dict[str, Any]]:
    service = Service(base or Base(), "pbx", "p")
    headers = {"Authorization": f"Basic {b64encode(b'pbx:p').decode()}"}
    async with TestClient(TestServer(service.app()), headers=headers) as client:
        answer = await client.request(method, f"/ut/hs/pbx/v1/{path}", json=given)
        raw = await answer.read()
        assert raw.startswith("\ufeff".encode()), raw
        return answer.status, await answer.json(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("path", "given", "lacks"),
    [
        ("calls", CALL, "event_id"),
        ("calls", CALL, "call_id"),
        ("calls", CALL, "direction"),
        ("calls", CALL, "result"),
        ("tasks", TASK, "event_id"),
        ("tasks", TASK, "kind"),
        ("leads", LEAD, "event_id"),
    ],
)
async def test_a_request_without_what_it_needs_is_refused_by_name(
    path: str, given: dict[str, Any], lacks: str
) -> None:
    whole = {name: value for name, value in given.items() if name != lacks}
    status, said = await asked("POST", path, whole)
    assert (status, said["code"], lacks in said["message"]) == (400, "bad_request", True)
    assert (await asked("POST", path, given))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "given", "wrong"),
    [
        ("PATCH", "leads/LEAD", {"shoe_size": "44"}, "shoe_size"),
        ("PATCH", "leads/LEAD", {"id": "mine"}, "id"),
        ("PATCH", "leads/LEAD", {"event_id": EVENT}, "event_id"),
        ("PATCH", "leads/LEAD", {"closed": "yes"}, "closed"),
        ("POST", "leads", {**LEAD, "closed": True}, "closed"),
        ("POST", "leads", {**LEAD, "event_id": "7"}, "event_id"),
        ("POST", "calls", {**CALL, "direction": "inbound"}, "direction"),
        ("POST", "calls", {**CALL, "result": "voicemail"}, "result"),
        ("POST", "calls", {**CALL, "started": "2026-09-21T12:00:00"}, "started"),
        ("POST", "calls", {**CALL, "started": "2026-09-21T12:00:00+0300"}, "started"),
        ("POST", "calls", {**CALL, "talk_s": "95"}, "talk_s"),
        ("POST", "tasks", {**TASK, "kind": "call back"}, "kind"),
    ],
    ids=str,
)
async def test_a_field_that_is_strange_or_not_as_it_must_be_is_refused_by_name(
    method: str, path: str, given: dict[str, Any], wrong: str
) -> None:
    base = Base()
    lead = base.add_lead(LEAD)
    status, said = await asked(method, path.replace("LEAD", lead), given, base)
    assert (status, said["code"], wrong in said["message"]) == (400, "bad_request", True)
    assert base.leads[lead]["title"] == "Звонок"


async def test_an_event_that_was_processed_is_answered_as_the_first_time() -> None:
    base = Base()
    first, again = [await asked("POST", "leads", LEAD, base) for _ in range(2)]
    found = await asked("GET", f"events/{EVENT}", None, base)
    assert (first, found[1]["id"], len(base.leads)) == (again, first[1]["id"], 1)
