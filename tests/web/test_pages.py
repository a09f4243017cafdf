"""The pages and the API over HTTP, with what hostile callers and browsers send."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bridge.domain.call_events import AgentRinging, CallStarted
from bridge.domain.commands import CreateTask
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import CrmUnavailable
from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    MissedReason,
    Recording,
    RecordingState,
)
from bridge.web.app import serving
from bridge.web.ports import Exposition, Health, Watch
from bridge.web.settings import WebSettings
from bridge.web.veil import veiled
from tests.crm.contract import made
from tests.web.conftest import BEGAN, Office, finished

HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>\r\n{{ 7*7 }}"


async def test_an_empty_office_says_so(office: Office) -> None:
    status, text = await office.get("/")
    assert (status, "No calls at the moment" in text, "No finished calls yet" in text) == (
        200,
        True,
        True,
    )


@pytest.mark.proves("S0-06", "S0-07", "S0-08", "S0-09", "S1-28")
async def test_a_finished_call_stands_in_the_common_list(office: Office) -> None:
    office.store(finished())
    _, text = await office.get("/")
    for fact in ("+7916***0001", "+74952000000", ">101<", "Answered", "1:05", "/recordings/rec-1"):
        assert fact in text


@pytest.mark.parametrize("path", ["/", "/calls/{}"])
async def test_an_agent_is_shown_by_name(office: Office, path: str) -> None:
    record = finished()
    office.store(record)
    room = replace(office.room, agents=lambda: {"101": "Dave <Service>"})
    async with (
        serving(room) as address,
        office.session.get(address + path.format(record.call_id)) as page,
    ):
        assert "Dave &lt;Service&gt;" in await page.text()


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            {"disposition": Disposition.MISSED, "missed_reason": MissedReason.AFTER_HOURS},
            "out of hours",
        ),
        ({"disposition": None, "needs_review": True, "oddities": ("gap",)}, "Look at it"),
        ({"client": Client(withheld=True)}, "hidden number"),
        ({"recordings": (Recording(id="r", state=RecordingState.EMPTY),)}, "recording is empty"),
        ({"recordings": (Recording(id="r"),)}, "recording is being written"),
        ({"started_at": None, "ended_at": None, "talk_seconds": None}, "–"),
    ],
)
async def test_what_is_not_as_usual_is_told_in_words(
    office: Office, facts: dict[str, object], told: str
) -> None:
    office.store(finished(**facts))  # type: ignore[arg-type]
    _, text = await office.get("/")
    assert told in text


@pytest.mark.proves("S0-03", "S1-06")
async def test_a_call_leads_to_what_was_made_of_it_in_the_crm(office: Office) -> None:
    record = finished()
    lead = made.made(await office.crm.create_lead(made.lead(), made.key()))
    entity = EntityRef(EntityKind.LEAD, lead)
    made.made(await office.crm.log_call(record, None, (entity,), made.key()))
    office.store(record)
    _, text = await office.get("/")
    status, _ = await office.get(f"/crm/lead/{lead}")
    assert (f'href="/crm/lead/{lead}"' in text, status) == (True, 200)


async def test_a_call_in_the_crm_is_known_by_its_number_and_leads_to_what_is_known_of_it(
    office: Office,
) -> None:
    record = finished()
    call = made.made(await office.crm.log_call(record, None, (), made.key()))
    _, text = await office.get(f"/crm/call/{call}")
    for fact in ("+7916***0001 <small", f'href="/calls/{record.call_id}"', "Talk</dt><dd>1:05"):
        assert fact in text.replace("\n", ""), fact


async def test_an_open_lead_has_no_empty_line(office: Office) -> None:
    lead = made.made(await office.crm.create_lead(made.lead(), made.key()))
    _, text = await office.get(f"/crm/lead/{lead}")
    assert "<dt>Closed</dt>" not in text


async def test_lists_and_cards_have_names_in_place_of_ids(office: Office) -> None:
    company = await made.company(office.crm)
    await made.contact(office.crm, company=company)
    await made.deal(office.crm, "sales", company=company)
    for path, named in (
        ("/crm/contacts", f'href="/crm/company/{company}">ООО Ромашка</a>'),
        (f"/crm/company/{company}", 'data-label="Stage"><span class="text" title="New">New<'),
    ):
        assert named in (await office.get(path))[1].replace("\n", "")


async def test_a_task_says_when_it_is_due(office: Office) -> None:
    due = "2026-11-30T09:00:00+03:00"
    task = CreateTask(title="Call back", owner=None, fields={"deadline": due})
    made.made(await office.crm.create_task(task, None, made.key()))
    assert f'data-label="Due"><time datetime="{due}">' in (await office.get("/crm/tasks"))[1]


async def test_why_a_recording_is_not_there_stands_apart_from_its_state(office: Office) -> None:
    office.store(finished(recordings=(Recording(id="r", state=RecordingState.EMPTY),)))
    office.calls.told[finished().call_id, "r"] = "nobody talked"
    _, text = await office.get(f"/calls/{finished().call_id}")
    assert "(nobody talked)" in text


@pytest.mark.parametrize("path", ["/", "/live", "/calls/{id}", "/calls/{id}/row", "/crm/calls"])
async def test_what_a_caller_sends_is_text_on_every_page(office: Office, path: str) -> None:
    client = Client(raw=HOSTILE, name=HOSTILE)
    record = finished(client=client, labels=(HOSTILE,), oddities=(HOSTILE,), needs_review=True)
    office.store(record)
    made.made(await office.crm.log_call(record, None, (), made.key()))
    office.room.live.tell(CallStarted(BEGAN, "pbx-9", Direction.INBOUND, client, HOSTILE))
    office.room.live.tell(AgentRinging(BEGAN, "pbx-9", HOSTILE))
    status, text = await office.get(path.format(id=record.call_id))
    assert (status, "<script>alert" in text, "<img src=x" in text, "&lt;img" in text) == (
        200,
        False,
        False,
        True,
    )


async def test_a_hostile_name_cannot_end_an_event_of_the_stream(office: Office) -> None:
    client = Client(name="x\n\nevent: gone\ndata: {}\n\n")
    office.room.live.tell(CallStarted(BEGAN, "pbx-9", Direction.INBOUND, client, None))
    async with office.session.get(f"{office.address}/api/v1/live") as stream:
        assert await stream.content.readline() == b"event: snapshot\n"
        data = json.loads((await stream.content.readline()).removeprefix(b"data: "))
    assert data[0]["client"]["name"] == client.name


async def test_numbers_are_shown_whole_when_the_owner_says_so(office: Office) -> None:
    office.store(finished())
    settings = office.room.settings.model_copy(update={"show_numbers": True})
    async with serving(replace(office.room, settings=settings)) as office.address:
        _, text = await office.get("/")
        changed = await office.session.post(f"{office.address}/api/v1/calls", json={})
        told = await changed.text()
    assert "+79161230001" in text
    assert (changed.status, "changes over HTTP are off" in told) == (403, True)


async def test_old_calls_are_a_page_further(office: Office) -> None:
    for number in range(1, 61):
        office.store(finished(number))
    _, first = await office.get("/")
    _, second = await office.get(f"/?before={finished(11).call_id}")
    assert (first.count("<tr data-call"), second.count("<tr data-call")) == (50, 10)


async def test_the_api_gives_the_records(office: Office) -> None:
    office.store(finished(1))
    office.store(finished(2))
    _, text = await office.get("/api/v1/calls?limit=1")
    answer = json.loads(text)
    _, one = await office.get(f"/api/v1/calls/{answer['next']}")
    assert (answer["calls"][0], json.loads(one)["schema"]) == (
        veiled(finished(2).to_json()),
        1,
    )
    assert CallRecord.from_json(json.loads(one)).responsible == "101"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/calls/nobody", 404),
        ("/api/v1/calls/nobody", 404),
        ("/api/v1/calls?limit=0", 400),
        ("/api/v1/calls?limit=all", 400),
        ("/api/v1/calls?before=%00%ff", 200),
        ("/?before='--", 200),
        ("/crm/contacts?before=99999999999999999999999", 200),
        ("/crm/secrets", 404),
        ("/crm/contact/7", 404),
        ("/crm/nothing/7", 404),
        ("/recordings/nothing", 404),
        ("/recordings/..%2f..%2f..%2fetc%2fpasswd", 404),
        ("/static/..%2fapp.py", 404),
    ],
)
async def test_what_is_asked_wrongly_is_answered(office: Office, path: str, status: int) -> None:
    assert (await office.get(path))[0] == status


async def test_a_part_of_a_recording_is_given_to_a_player_that_seeks(office: Office) -> None:
    office.store(finished())
    address = f"{office.address}/recordings/rec-1"
    async with office.session.get(address, headers={"Range": "bytes=44-143"}) as answer:
        part = await answer.read()
    assert (answer.status, answer.content_type, len(part), answer.headers["Content-Range"]) == (
        206,
        "audio/wav",
        100,
        "bytes 44-143/48044",
    )


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8088", 200),
        ("[::1]:8088", 200),
        ("localhost", 200),
        ("calls.example.org", 200),
        ("evil.example.org", 421),
        ("localhost.evil.example.org", 421),
    ],
)
async def test_a_foreign_name_for_our_address_reads_nothing(
    office: Office, host: str, status: int
) -> None:
    assert (await office.get("/", Host=host))[0] == status


async def test_no_page_runs_a_script_that_is_not_ours(office: Office) -> None:
    async with office.session.get(office.address) as answer:
        policy = answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert ("default-src 'none'" in policy, "unsafe" in policy, "<style" in text) == (
        True,
        False,
        False,
    )


async def test_a_crm_in_trouble_is_told_in_words(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: object) -> None:
        raise CrmUnavailable("the CRM file is locked")

    monkeypatch.setattr(office.crm, "rows", locked)
    status, text = await office.get("/crm/contacts")
    assert (status, "the CRM file is locked" in text, "Traceback" in text) == (503, True, False)


async def test_only_so_many_may_follow(office: Office) -> None:
    settings = WebSettings(port=0, streams=1)
    async with (
        serving(replace(office.room, settings=settings)) as office.address,
        office.session.get(f"{office.address}/api/v1/live") as stream,
    ):
        await stream.content.readline()
        assert (await office.get("/api/v1/live"))[0] == 503


@pytest.mark.parametrize(
    ("path", "health", "status"),
    [
        ("/livez", Health(), 200),
        ("/readyz", Health(), 200),
        ("/readyz", Health(ok=False, facts={"pbx": "no login"}), 503),
    ],
)
async def test_those_who_watch_are_answered(
    office: Office, path: str, health: Health, status: int
) -> None:
    watch = Watch(live=lambda: health, ready=lambda: health)
    async with serving(replace(office.room, watch=watch)) as office.address:
        answered, text = await office.get(path)
    assert (answered, json.loads(text)) == (status, {"ok": health.ok, **health.facts})


async def test_the_metrics_are_handed_through(office: Office) -> None:
    rendered = Exposition(b"asterisk_bridge_calls_total 1\n")
    async with serving(replace(office.room, watch=Watch(metrics=lambda: rendered))) as address:
        answer = await office.session.get(f"{address}/metrics")
        assert (answer.headers["Content-Type"], await answer.read()) == (
            rendered.content_type,
            rendered.body,
        )


async def test_without_the_builtin_crm_there_are_no_crm_pages(office: Office) -> None:
    async with serving(replace(office.room, crm=None)) as office.address:
        assert (await office.get("/crm/contacts"))[0] == 404
