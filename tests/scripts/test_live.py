"""Real phones on a real Asterisk: scripts act on calls that go on, and hold up none of them."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import pytest_asyncio
import yaml

from bridge.scripts.settings import DIALPLAN_WAITS, Moment
from tests.ari.conftest import by_ari
from tests.lab.daemon import RunningDaemon, running_daemon
from tests.lab.office import CLIENT, OTHER_CLIENT, SALES, SERVICE, THIRD_CLIENT, Office
from tests.lab.offices import Offices
from tests.lab.ports import free_port
from tests.lab.wait import until
from tests.scripts.debts import Debts, debts

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asterisk16,
    pytest.mark.asyncio(loop_scope="session"),
]

Noting = Callable[[str, object], None]

# A DID whose dialplan asks for the script `debtor` and goes to sales.
ASKS: Final = "+74951234523"
DEBTOR, SLOW, LATE = OTHER_CLIENT, THIRD_CLIENT, "+79161237201"
ASTRAY: Final = "+79161237202"  # whose scripts transfer to a place that is not in the dialplan
RINGS: Final = "10"  # seconds of a department: long enough whatever the machine does
EVERY: Final = "+79161237203"  # whose call has a script at every moment


WRITTEN: Final = """
- name: talked
  on: answered
  do:
    - set: {SCRIPT_SAW: "{{ agents | join }} {{ record.client.number }}"}
    - label: talked
    - tell: "{{ record.client.number }}"
- name: owes
  on: answered
  within: 12
  when: record.client.number in ['%(debtor)s', '%(slow)s']
  do:
    - ask: {url: "%(url)s/{{ record.client.number }}", name: debt}
    - {when: answers.debt.json.sum > 0, play: vm-goodbye}
    - {when: answers.debt.json.sum > 0, play: {prompt: vm-goodbye, to: agent}}
    - {when: answers.debt.json.sum > 0, transfer: {context: reception}}
    - label: "asked {{ answers.debt.ok }}"
- name: astray
  on: answered
  when: record.client.number == '%(astray)s'
  do:
    - transfer: {context: nowhere, extension: "7"}
    - label: stayed
- name: waits
  on: queued
  after: 0.5
  when: not talking and queue.name == 'service' and record.client.number != '%(every)s'
  do:
    - transfer: {context: reception}
- name: debtor
  on: asked
  within: 1.2
  do:
    - {when: record.client.number == '%(late)s', label: begun}
    - {when: record.client.number == '%(late)s', task: Call back}
    - {when: record.client.number == '%(late)s', label: too late}
    - {when: record.client.number == '%(astray)s', transfer: {context: reception, extension: "7"}}
    - {when: record.client.number == '%(every)s', label: asked}
    - {when: record.client.number == '%(every)s', transfer: {context: service}}
    - ask: {url: "%(url)s/{{ record.client.number }}", name: debt}
    - {when: answers.debt.json.sum > 0, play: vm-goodbye}
    - when: answers.debt.json.sum > 0
      set: {CHANNEL(language): ru, SCRIPT_KEY: "{{ asked.key }}"}
    - {when: answers.debt.json.sum > 0, label: "a, debtor"}
    - {when: answers.debt.json.sum > 0, transfer: {context: reception}}
"""


MOMENTS: Final = get_args(Moment)


def scripts(url: str) -> Any:
    """As the configuration reads them: `on` is no truth value here."""
    said = {"debtor": DEBTOR, "slow": SLOW, "late": LATE, "astray": ASTRAY, "every": EVERY}
    written = yaml.load(WRITTEN % {"url": url, **said}, yaml.BaseLoader)
    return [*written, *(at_moment(one, url) for one in MOMENTS if one != "asked")]


def at_moment(moment: str, url: str) -> dict[str, Any]:
    """Leaves its word in the path of a call that goes on, and asks: once it has asked, the word is
    there."""
    return {
        "name": f"at {moment}",
        "on": moment,
        "when": f"record.client.number == '{EVERY}'",
        "do": [*([{"label": moment}] if moment != "finished" else []), {"ask": f"{url}/{moment}"}],
    }


@dataclass
class Scripted:
    """An office beside a daemon with scripts."""

    at: Office
    daemon: RunningDaemon
    debts: Debts

    async def has_asked(self, moments: set[str]) -> bool:
        """Whether scripts at these moments of the call of `EVERY` have asked their address."""
        mine = {f"/{one}" for one in (EVERY, *MOMENTS)}
        told = [json.loads(body) for asked, body in self.debts.asked if asked.path in mine]
        return moments <= {one["event"] for one in told}

    async def record(self, since: int) -> dict[str, Any]:
        """The record of the call that began there in the stream."""
        channel = await self.at.ami.event("Newchannel", since=since)

        async def finished() -> dict[str, Any] | None:
            ended = f"-{channel['Uniqueid']}"
            records = await self.daemon.finished()
            return next((one for one in records if one["call_id"].endswith(ended)), None)

        return await until(finished, "the record")


# Over ARI variables take EXPORT(), which the 16.28 of the laboratory does not have.
WAYS: Final = [
    pytest.param((version, way), id=id, marks=pytest.mark.xdist_group(f"scripts-{id}"))
    for version, way in (("22", "ami"), ("22", "ari"), ("16", "ami"))
    for id in [f"{way}-{version}"]
]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=WAYS)
async def office(request: pytest.FixtureRequest, offices: Offices) -> tuple[Office, str]:
    """With how scripts act: over AMI, or over ARI alone."""
    version, way = request.param
    return await offices.at(Office, version), way


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    office: tuple[Office, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scripted]:
    at, way = office
    folder: Path = tmp_path_factory.mktemp("daemon")
    agi = free_port()
    async with debts(owing=DEBTOR, hanging=SLOW) as asked:

        def change(config: dict[str, Any]) -> None:
            config["scripts"] = {"items": scripts(asked.url), "secrets": ["0f3a7c5e9b21"]}
            config["agi"] = {"port": agi}
            config["pbx"][0]["trunks"] = list(at.trunks)
            if way == "ari":
                by_ari(at)(config)

        async with (
            running_daemon(at, folder, change=change) as daemon,
            at.set_up(BRIDGE_AGI_PORT=str(agi), BRIDGE_SCRIPT_WAIT="2", RING_TIME=RINGS),
        ):
            yield Scripted(at, daemon, asked)


@pytest.mark.proves("S2-36")
async def test_a_script_runs_at_every_moment_of_a_call(place: Scripted) -> None:
    at = place.at
    client = at.outsider(EVERY)

    async def rates() -> None:
        channel = at.channel("PJSIP/trunk")
        await at.ami.act("Setvar", Channel=channel, Variable="BRIDGE_RATING", Value="4")

    async def is_taken_over() -> None:
        await at.dave.transfers_to("101")
        await at.alice.answers()

    happens: dict[Callable[[], Awaitable[object]], set[str]] = {
        lambda: client.calls(ASKS): {"started", "asked", "queued", "ringing"},
        at.dave.answers: {"answered"},
        at.dave.holds: {"held"},
        at.dave.resumes: {"resumed"},
        is_taken_over: {"transferred"},
        rates: {"rated"},
        client.hangs_up: {"finished"},
    }
    assert set().union(*happens.values()) == set(MOMENTS)
    async with at.playing():
        for happening, moments in happens.items():
            await happening()
            await until(partial(place.has_asked, moments), f"a script at {sorted(moments)}")
        record = await place.record(0)
    assert set(MOMENTS) - {"finished"} <= set(record["labels"])


@pytest.mark.proves("S2-36", "S2-35")
async def test_a_script_acts_once_somebody_talks(place: Scripted) -> None:
    at = place.at
    async with at.playing():
        await at.client.calls(SALES)
        await at.alice.answers()
        await at.client.talks_with(at.alice)
        said = await at.ami.event("VarSet", Variable="SCRIPT_SAW")
        await at.ami.event("VarSet", Variable="BRIDGE_LABEL", Value="talked")
        await at.client.hangs_up()
        record = await place.record(0)
    assert (said["Value"], said["Uniqueid"]) == (
        f"101 {CLIENT}",
        record["call_id"].rpartition("-")[2],
    )
    assert record["labels"] == [f"did:{SALES}", "sales", "talked"]


@pytest.mark.proves("S2-35", "S2-37")
async def test_a_prompt_into_the_conversation_and_a_transfer_by_what_an_address_says(
    place: Scripted,
) -> None:
    at = place.at
    async with at.playing():
        at.other_client = at.outsider(DEBTOR)
        await at.other_client.calls(SALES)
        client = await at.ami.event("Newchannel")
        await at.alice.answers()
        to_client = await at.ami.event("ChanSpyStart", SpyeeUniqueid=client["Uniqueid"])
        await at.ami.event("Newexten", Application="Playback", AppData="vm-goodbye")
        await at.frank.answers()
        await at.other_client.talks_with(at.frank)
        await at.other_client.hangs_up()
        record = await place.record(0)
        finished = await place.daemon.finished()
        calls = [one for one in finished if one["started_at"] > record["started_at"]]
        spied = [one for one in at.ami.events if one["Event"] == "ChanSpyStart"]
    assert to_client["SpyerChannel"].startswith("Local/to@bridge-play")
    assert len({one["SpyeeUniqueid"] for one in spied}) == 2
    assert (record["answered_by"], record["responsible"]) == (["101", "300"], "300")
    assert ("asked True" in record["labels"], calls) == (True, [])


@pytest.mark.proves("S2-37")
async def test_an_address_that_hangs_leaves_the_conversation_alone(place: Scripted) -> None:
    at = place.at
    async with at.playing():
        at.third_client = at.outsider(SLOW)
        await at.third_client.calls(SALES)
        await at.alice.answers()
        await at.third_client.talks_with(at.alice)
        await at.ami.event("VarSet", Variable="BRIDGE_LABEL", Value="asked False")
        await at.third_client.talks_with(at.alice)
        await at.third_client.hangs_up()
        record = await place.record(0)
    assert (record["answered_by"], record["needs_review"]) == (["101"], False)


@pytest.mark.proves("S2-34", "S2-36")
async def test_a_client_who_waits_too_long_is_moved(place: Scripted) -> None:
    at = place.at
    async with at.playing():
        await at.client.calls(SERVICE)
        await at.frank.answers()
        await at.client.talks_with(at.frank)
        await at.client.hangs_up()
        record = await place.record(0)
    assert (record["queue"], record["responsible"]) == ("service", "300")


@pytest.mark.proves("S2-28", "S2-32", "S2-33")
async def test_the_dialplan_asks_and_the_script_moves_the_call(place: Scripted) -> None:
    at = place.at
    async with at.playing():
        at.other_client = at.outsider(DEBTOR)
        await at.other_client.calls(ASKS)
        await at.ami.event("Newexten", Application="Playback", AppData="vm-goodbye")
        key = await at.ami.event("VarSet", Variable="SCRIPT_KEY")
        await at.frank.rings()
        await at.other_client.hangs_up()
        record = await place.record(0)
    assert (key["Value"], key["Language"]) == ("7", "ru")
    assert record["labels"] == [f"did:{ASKS}", "a, debtor", "reception"]


@pytest.mark.proves("S2-35")
async def test_a_transfer_to_nowhere_leaves_the_conversation_as_it_is(place: Scripted) -> None:
    at = place.at
    async with at.playing():
        client = at.outsider(ASTRAY)
        await client.calls(SALES)
        await at.alice.answers()
        await at.ami.event("VarSet", Variable="BRIDGE_LABEL", Value="stayed")
        await client.talks_with(at.alice)
        await client.hangs_up()


@pytest.mark.proves("S2-28")
async def test_where_the_script_sends_a_call_nowhere_the_dialplan_goes_on(place: Scripted) -> None:
    at = place.at
    async with at.playing():
        client = at.outsider(ASTRAY)
        await client.calls(ASKS)
        await at.ami.event("VarSet", Variable="BRIDGE_SCRIPT", Value="NOWHERE")
        await at.alice.rings()
        await client.hangs_up()


@contextmanager
def busy_crm(folder: Path) -> Iterator[None]:
    """Somebody else writes into the CRM's file: our writes wait."""
    with closing(sqlite3.connect(folder / "crm.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.proves("S2-36")
async def test_a_script_that_is_cut_short_says_so_and_the_call_goes_on(place: Scripted) -> None:
    at = place.at
    with busy_crm(place.daemon.folder):
        async with at.playing():
            client = at.outsider(LATE)
            await client.calls(ASKS)
            await at.ami.event("VarSet", Variable="BRIDGE_SCRIPT", Value="LATE")
            await at.alice.rings()
            await client.hangs_up()
            record = await place.record(0)
    assert ("begun" in record["labels"], "too late" in record["labels"]) == (True, False)


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_a_daemon_that_is_away_costs_no_more_than_the_bound(
    place: Scripted, name: signal.Signals, record_property: Noting
) -> None:
    at = place.at
    place.daemon.process.send_signal(name)
    try:
        async with at.playing():
            await at.client.calls(ASKS)
            asked = await at.ami.event("Newexten", Application="AGI")
            rang = await at.ami.event("DialBegin")
            await at.client.hangs_up()
    finally:
        if name is signal.SIGSTOP:
            place.daemon.process.send_signal(signal.SIGCONT)
        else:
            await place.daemon.process.wait()
            await place.daemon.start_again()
    waited = float(rang["Timestamp"]) - float(asked["Timestamp"])
    record_property("waited", waited)
    assert waited < DIALPLAN_WAITS
