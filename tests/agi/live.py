"""A daemon that answers a real Asterisk, and what the caller noticed of it."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import aiohttp

from tests.lab.daemon import RunningDaemon, command, running_daemon
from tests.lab.office import Office
from tests.lab.ports import free_port
from tests.lab.wait import until

# DIDs of the laboratory that ask for the owner before the department's own way.
TO_SALES, TO_SERVICE = "+74951234521", "+74951234522"
# One whose context has something to do when a call ends.
TO_LAST_WORDS: Final = "+74951234524"
TOKEN: Final = "0f6d1c2b3a49588e"
BOBS_CLIENT, DAVES_CLIENT, CAROLS_CLIENT = (f"+7916123910{n}" for n in "123")
OWNERS: Final = {BOBS_CLIENT: "102", DAVES_CLIENT: "201", CAROLS_CLIENT: "103"}
_STRANGERS = itertools.count()
CLIENTS: Final = f"""name,company,phones,owner,deal,pipeline
"Orlova, ""Vera"" (old)",,{BOBS_CLIENT},bob,,
,Printing House,{DAVES_CLIENT},dave,,
,Bakery,{CAROLS_CLIENT},carol,,
"""
# Long enough for whoever answers, whatever the machine does; Carol is rung for a moment, for tests
# in which nobody answers.
_RINGS: Final = {"ring_seconds": 10, "people": {"103": {"ring_seconds": 1}}}


def stranger() -> str:
    """A number that has not called yet: after a call there is a lead, and the lead has an owner."""
    return f"+79161238{next(_STRANGERS):03}"


class OverHttp(Office):
    """The office whose dialplan asks over HTTP."""

    wing = "curl"


@dataclass
class Routed:
    """An office whose dialplan asks a daemon."""

    at: Office
    daemon: RunningDaemon

    async def call(self, number: str, did: str) -> int:
        """A client calls; where in the stream that began."""
        since = len(self.at.ami.events)
        self.at.client = self.at.outsider(number)
        await self.at.client.calls(did)
        return since

    async def record(self, since: int) -> dict[str, Any]:
        """The record of the call that began there."""
        channel = await self.at.ami.event("Newchannel", since=since)

        async def finished() -> dict[str, Any] | None:
            ended = f"-{channel['Uniqueid']}"
            records = await self.daemon.finished()
            return next((one for one in records if one["call_id"].endswith(ended)), None)

        return await until(finished, "the record")

    async def gives_up(self, since: int) -> None:
        """The client hangs up while telephones ring; over when the daemon has the record. Asterisk
        tells of devices a little after the calls that use them: a ring that it has not told of yet
        would look as if it were one of the call that comes next."""
        await self.at.ami.until(lambda: self._told_of_rings(since), 10, "rings were not told of")
        await self.at.client.hangs_up()
        await self.record(since)

    def _told_of_rings(self, since: int) -> bool:
        """Whether Asterisk has told the state of each device that rings."""
        seen = self.at.ami.events[since:]
        begun = (one["DestChannel"] for one in seen if one["Event"] == "DialBegin")
        rung = {channel.rpartition("-")[0] for channel in begun}
        told = {one["Device"] for one in seen if one.get("State") == "RINGING"}
        return bool(rung) and rung <= told

    async def would_ring(self, number: str, did: str, *rung: str, deputy: bool = False) -> None:
        """Wait until the daemon would have these telephones rung for the client, and a deputy after
        them, or none: it hears after us what became of the calls before."""
        asked, token = {"number": number, "did": did}, {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(self.daemon.address, headers=token) as web:

            async def so() -> bool:
                async with web.get("/api/v1/route", params=asked) as answer:
                    _, status, _, dial, *_, then, _ = (await answer.text()).split(",")
                told = {one.rpartition("/")[2] for one in unquote(dial).split("&")}
                return (status, told, bool(then)) == ("OK", set(rung), deputy)

            await until(so, f"{rung} to be whom the call is for")

    async def owners_rest(self) -> None:
        """Wait until the daemon has heard that every owner's telephone is free again."""
        for number, extension in OWNERS.items():
            await self.would_ring(number, TO_SALES, extension)

    async def rang(self, since: int, extension: str) -> None:
        """Wait until Asterisk has begun to ring this telephone, which may be over by then."""
        await self._dialled("DialBegin", since, extension)

    async def rang_in_vain(self, since: int, extension: str) -> None:
        """Wait until Asterisk has rung this telephone for its time."""
        await self._dialled("DialEnd", since, extension)

    async def _dialled(self, event: str, since: int, extension: str) -> None:
        device = self.at.asterisk.devices[extension]

        def happened() -> bool:
            seen = (one for one in self.at.ami.events[since:] if one["Event"] == event)
            return any(one["DestChannel"].startswith(f"{device}-") for one in seen)

        await self.at.ami.until(happened, 10, f"no {event} of {extension}")

    async def hears_the_prompt(self, since: int) -> None:
        """Wait until Asterisk plays it."""

        def playing() -> bool:
            ami = self.at.ami.events[since:]
            return any(one.get("Command", "").startswith("GET DATA") for one in ami)

        await self.at.ami.until(playing, 10, "no prompt")

    async def asking(self, since: int) -> None:
        """Wait until Asterisk asks."""
        await self._asked(since)

    async def waited(self, since: int) -> float:
        """Seconds from the question to the first phone that rang, by Asterisk's own clock."""
        asked = await self._asked(since)
        rang = await self.at.ami.event("DialBegin", since=since)
        return float(rang["Timestamp"]) - float(asked["Timestamp"])

    def stop_moving(self) -> None:
        """The daemon hangs: it holds its port, and does nothing."""
        self.daemon.process.send_signal(signal.SIGSTOP)

    def move_on(self) -> None:
        self.daemon.process.send_signal(signal.SIGCONT)

    async def _asked(self, since: int) -> dict[str, str]:
        """Asterisk is about to ask. CURL() runs before the event of the line that it stands in."""
        if self.at.wing:
            return await self.at.ami.event(
                "Newexten", since=since, Context="bridge-ask", Priority="12"
            )
        return await self.at.ami.event("Newexten", since=since, Application="AGI")


async def _indexed(daemon: RunningDaemon) -> bool:
    """Whether the daemon has read the phones that were just imported."""
    head = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(daemon.address, headers=head) as web,
        web.get("/metrics") as answer,
    ):
        return 'asterisk_bridge_index_phones{crm="builtin"} 3.0' in await answer.text()


@asynccontextmanager
async def routed(
    at: Office,
    folder: Path,
    dial: str = "",
    *,
    routing: dict[str, Any] | None = None,
    cache: dict[str, Any] | None = None,
) -> AsyncIterator[Routed]:
    """A daemon with clients of Bob's, Dave's and Carol's; owners are rung as `dial` says. `routing`
    and `cache` are what else its configuration says of them."""
    agi, web = free_port(), free_port()
    kept = {"index_every": 1, **(cache or {})}

    def change(config: dict[str, Any]) -> None:
        driver = at.asterisk.devices["102"].partition("/")[0]
        # Asterisk's own bound is 0.7 s; a busy machine needs most of it to answer at all.
        config["agi"] = {"port": agi, "deadline": 0.6}
        dialled = dial or f"{driver}/{{extension}}"
        config["routing"] = {**_RINGS, "dial": dialled, **(routing or {})}
        config["cache"] = kept
        config["pbx"][0]["trunks"] = list(at.trunks)
        config["web"]["token"] = TOKEN

    async with running_daemon(at, folder, web_port=web, change=change) as daemon:
        clients = folder / "clients.csv"
        await asyncio.to_thread(clients.write_text, CLIENTS)
        await command("crm", "--file", str(folder / "crm.db"), "import", str(clients))
        if kept.get("index", True):
            await until(partial(_indexed, daemon), "the clients in the index")
        told = {"BRIDGE_AGI_PORT": agi, "BRIDGE_WEB_PORT": web, "BRIDGE_WEB_TOKEN": TOKEN}
        told["RING_TIME"] = _RINGS["ring_seconds"]
        async with at.set_up(**{name: str(value) for name, value in told.items()}):
            yield Routed(at, daemon)
