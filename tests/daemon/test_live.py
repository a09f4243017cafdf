"""End to end: real phones on a real Asterisk, the daemon as a process, and what the CRM has then.

The conversations are those of tests/scenarios; here only their end in the CRM is looked at.
"""

from __future__ import annotations

import itertools
import json
import wave
from collections.abc import AsyncIterator
from datetime import datetime
from io import BytesIO

import aiohttp
import pytest
import pytest_asyncio

from tests.daemon.desk import Desk, desk_of
from tests.lab.daemon import command, running_daemon
from tests.lab.office import SALES, SERVICE, Office
from tests.lab.scenario import load

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

DEALING, KNOWN, COMPANY = (f"+7916123480{digit}" for digit in "123")
CLIENTS = f"""name,company,phones,owner,deal,pipeline
Vera Orlova,,{DEALING},dave,Ten printers,sales
Ivan Petrov,,{KNOWN},carol,,
,Printing House,{COMPANY},carol,Paper,sales
"""
_NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(at: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The CRM of a daemon that follows the office; some clients are known to it."""
    folder = tmp_path_factory.mktemp("daemon")
    clients = folder / "clients.csv"
    clients.write_text(CLIENTS)
    async with running_daemon(at, folder) as daemon, desk_of(daemon) as desk:
        await command("crm", "--file", str(folder / "crm.db"), "import", str(clients))
        yield desk


@pytest.fixture
def stranger() -> str:
    """A number that nobody has called from yet."""
    return f"+7916123{next(_NUMBERS):04}"


async def play(at: Office, name: str, client: str) -> None:
    """The conversation of this scenario, with this client in it."""
    usual, at.client = at.client, at.outsider(client)
    try:
        async with at.playing():
            await load()[name].conversation(at)
    finally:
        at.client = usual


async def sound(desk: Desk, recording: str) -> int:
    """Frames that the page's player gets of this recording."""
    async with (
        aiohttp.ClientSession(desk.daemon.address) as web,
        web.get(f"/recordings/{recording}") as answer,
    ):
        data = await answer.read()
    with wave.open(BytesIO(data)) as opened:
        return int(opened.getnframes())


async def entities(desk: Desk) -> tuple[int, int, int]:
    """How many leads, contacts and companies there are."""
    kinds = ("leads", "contacts", "companies")
    leads, contacts, companies = [len(await desk.rows(kind)) for kind in kinds]
    return leads, contacts, companies


@pytest.mark.proves(
    *("S0-01", "S0-06", "S0-10", "S0-13", "S1-01", "S1-02", "S1-04"),
    *("S1-06", "S1-07", "S1-08", "S1-09", "S1-29"),
)
async def test_a_strangers_call_to_sales_becomes_a_lead(
    at: Office, desk: Desk, stranger: str
) -> None:
    await play(at, "group_answered", stranger)
    call = await desk.logged(stranger)
    [lead] = [lead for lead in await desk.rows("leads") if stranger in lead["phones"]]
    told = (lead["phones"], lead["did"], lead["pipeline"], lead["owner"], lead["repeat"])
    assert told == ([stranger], SALES, "sales", "bob", False)
    assert (call["entities"], call["user"]) == ([f"lead {lead['id']}"], "bob")
    assert await sound(desk, call["recordings"][0]) > 0


@pytest.mark.proves("S1-02", "S1-03")
async def test_all_phones_of_the_group_ring_at_once(at: Office, desk: Desk, stranger: str) -> None:
    await play(at, "group_answered", stranger)
    legs = (await desk.record(stranger))["legs"]
    rang = [datetime.fromisoformat(leg["rang_at"]) for leg in legs]
    assert {leg["agent"] for leg in legs} == {"101", "102", "103"}
    assert (max(rang) - min(rang)).total_seconds() < 1


@pytest.mark.proves("S1-01", "S1-05", "S1-06", "S1-08")
async def test_a_call_to_service_rings_service_alone(at: Office, desk: Desk, stranger: str) -> None:
    await play(at, "queue_answered", stranger)
    record = await desk.record(stranger)
    [lead] = [lead for lead in await desk.rows("leads") if stranger in lead["phones"]]
    assert {leg["agent"] for leg in record["legs"]} == {"201", "202"}
    assert (lead["did"], lead["pipeline"], lead["owner"]) == (SERVICE, "service", "erin")


@pytest.mark.proves("S0-03", "S0-12", "S1-12", "S1-13", "S1-14", "S1-15", "S1-30")
@pytest.mark.parametrize(("client", "kind"), [(DEALING, "contact"), (COMPANY, "company")])
async def test_a_client_with_an_open_deal_gets_the_call_there_and_no_lead(
    client: str, kind: str, at: Office, desk: Desk
) -> None:
    before = await entities(desk)
    await play(at, "group_answered", client)
    call = await desk.logged(client)
    assert {entity.split()[0] for entity in call["entities"]} == {kind, "deal"}
    assert await sound(desk, call["recordings"][0]) > 0
    assert await entities(desk) == before


@pytest.mark.proves("S0-16", "S1-12", "S1-16", "S1-17", "S1-29")
async def test_a_client_without_a_deal_becomes_a_repeat_lead(at: Office, desk: Desk) -> None:
    await play(at, "group_answered", KNOWN)
    call = await desk.logged(KNOWN)
    [lead] = [lead for lead in await desk.rows("leads") if lead["contact"]]
    [contact] = [one for one in await desk.rows("contacts") if KNOWN in one["phones"]]
    assert (lead["repeat"], lead["contact"]) == (True, contact["id"])
    assert set(call["entities"]) == {f"contact {contact['id']}", f"lead {lead['id']}"}


@pytest.mark.proves("S0-02", "S1-18", "S1-19", "S1-28")
async def test_a_call_to_a_stranger_is_in_the_call_list_alone(
    at: Office, desk: Desk, stranger: str
) -> None:
    before = await entities(desk)
    await calls_out(at, stranger)
    call = await desk.logged(stranger)
    assert (call["direction"], call["user"], call["entities"]) == ("outbound", "bob", [])
    assert await sound(desk, call["recordings"][0]) > 0
    assert await entities(desk) == before


@pytest.mark.proves("S1-20", "S1-21", "S1-22", "S1-30")
async def test_a_call_to_a_client_is_on_the_contact_and_the_deal(at: Office, desk: Desk) -> None:
    before = await entities(desk)
    had = [call["call_id"] for call in await desk.rows("calls")]
    await calls_out(at, DEALING)
    await desk.records(DEALING, 2)
    [call] = [call for call in await desk.rows("calls") if call["call_id"] not in had]
    assert {entity.split()[0] for entity in call["entities"]} == {"contact", "deal"}
    assert len(call["recordings"]) == 1
    assert await entities(desk) == before


async def calls_out(at: Office, number: str) -> None:
    """Bob calls somebody outside, who answers."""
    client = at.outsider(number)
    async with at.playing():
        await at.bob.calls(number)
        await client.answers()
        await client.talks_with(at.bob)
        await client.hangs_up()


@pytest.mark.proves("S1-24")
async def test_a_call_inside_the_office_reaches_nothing(
    at: Office, desk: Desk, stranger: str
) -> None:
    had = len(await desk.daemon.finished())
    async with at.playing():
        await at.alice.calls("102")
        await at.bob.answers()
        await at.alice.talks_with(at.bob)
        await at.alice.hangs_up()
    await play(at, "group_answered", stranger)  # what comes later is there: so is what came before
    await desk.record(stranger)
    calls = await desk.rows("calls")
    assert (len(await desk.daemon.finished()), len(calls)) == (had + 1, had + 1)


@pytest.mark.proves("S0-36", "S1-23")
@pytest.mark.parametrize(
    ("conversation", "kind", "hops", "user"),
    [
        ("blind_refer_answered", "blind", ["101", "201"], "dave"),
        ("attended_refer_completed", "attended", ["101", "201"], "dave"),
        ("blonde_refer_answered", "blonde", ["101", "201"], "dave"),
    ],
)
async def test_after_a_transfer_the_call_is_the_last_talkers(
    conversation: str,
    kind: str,
    hops: list[str],
    user: str,
    at: Office,
    desk: Desk,
    stranger: str,
) -> None:
    await play(at, conversation, stranger)
    record, call = await desk.record(stranger), await desk.logged(stranger)
    assert [segment["agent"] for segment in record["segments"]] == hops
    assert [(one["kind"], one["by"], one["to"]) for one in record["transfers"]] == [(kind, *hops)]
    assert (record["responsible"], call["user"]) == (hops[-1], user)


@pytest.mark.proves("S0-07", "S0-08", "S0-09", "S0-32", "S0-33", "S0-34", "S0-35")
@pytest.mark.parametrize(
    ("conversation", "disposition", "talked"),
    [("group_answered", "answered", True), ("group_abandoned", "missed", False)],
)
async def test_every_call_says_when_it_was_how_long_and_how_it_ended(
    conversation: str, disposition: str, talked: bool, at: Office, desk: Desk, stranger: str
) -> None:
    await play(at, conversation, stranger)
    record, call = await desk.record(stranger), await desk.logged(stranger)
    started, ended = (datetime.fromisoformat(record[at]) for at in ("started_at", "ended_at"))
    lasted = (ended - started).total_seconds()
    assert 0 < record["talk_seconds"] + record["wait_seconds"] <= lasted + 0.002
    assert (record["disposition"], record["talk_seconds"] > 0) == (disposition, talked)
    told = (call["started_at"], call["disposition"], call["talk_seconds"])
    assert told == (record["started_at"], disposition, record["talk_seconds"])


@pytest.mark.proves("S0-11", "S0-64")
async def test_a_number_of_the_country_is_read_as_the_region_says(at: Office, desk: Desk) -> None:
    await play(at, "group_answered", "89161234811")
    call = await desk.logged("+79161234811")
    assert call["entities"][0].startswith("lead ")


async def test_every_line_of_the_log_names_its_call_and_no_number(desk: Desk) -> None:
    lines = desk.daemon.log()
    text = json.dumps(lines)
    about_calls = [line for line in lines if line["event"].split(".")[0] in ("call", "recording")]
    numbers = {one["client"]["raw"] for one in await desk.daemon.finished()}
    assert about_calls
    assert [line for line in about_calls if not line["call_id"]] == []
    assert [number for number in numbers if number.lstrip("+") in text] == []
    assert [line["level"] for line in lines if line["level"] not in ("info", "debug")] == []
