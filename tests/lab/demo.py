"""The demo: a real Asterisk, real phones, the daemon, and every client call in the CRM's page.

Run by `make demo` (`asterisk-bridge demo`). On a terminal it stays open until Ctrl-C, so that
the page can be looked at.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import wave
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from bridge.domain.numbers import masked
from tests.lab.daemon import RunningDaemon, command, free_port, running_daemon
from tests.lab.office import CLIENT, OTHER_CLIENT, THIRD_CLIENT, Office, office
from tests.lab.rootfs import NoAsterisk
from tests.lab.scenario import load
from tests.lab.wait import until

PORT: Final = 9180
# The scenario, and who calls in it: a stranger makes a lead, a client with an open deal gets the
# call on the deal, a client without one a lead that says "repeat".
CALLS: Final = (
    ("group_answered", "+79161234564"),
    ("queue_answered", OTHER_CLIENT),
    ("blind_refer_answered", THIRD_CLIENT),
    ("attended_refer_completed", OTHER_CLIENT),
    ("blonde_refer_answered", "+79161234565"),
    ("group_pickup", "+79161234566"),
    ("parked_retrieved_by_another", "+79161234567"),
    ("outbound_answered", CLIENT),
    ("group_abandoned", "+79161234568"),
    ("group_timed_out_to_voicemail", THIRD_CLIENT),
)
CLIENTS: Final = f"""name,company,phones,owner,deal,pipeline
Vera Orlova,Printing House,{OTHER_CLIENT},dave,Ten printers,sales
Ivan Petrov,,{THIRD_CLIENT},bob,,
Olga Sidorova,,{CLIENT},bob,,
"""


async def main(stay: bool) -> int:
    with TemporaryDirectory(prefix="asterisk-bridge-demo-") as folder:
        clients = Path(folder) / "clients.csv"
        clients.write_text(CLIENTS)
        print("Starting a real Asterisk, its phones and the daemon …", flush=True)
        async with office() as at, running_daemon(at, Path(folder), _port()) as daemon:
            crm = str(Path(folder) / "crm.db")
            await command("crm", "--file", crm, "import", str(clients))
            print(f"The page: {daemon.address}/\n", flush=True)
            await play(at)
            records = await delivered(daemon, len(CALLS))
            print("\n" + summary(records, await daemon.crm("calls")), flush=True)
            played = [await plays(daemon, recording) for recording in recordings(records)]
            print(f"\n{len(records)} client calls, {sum(played)} recordings that play.")
            if stay:
                print(f"Look at {daemon.address}/ ; Ctrl-C ends the demo.", flush=True)
                await asyncio.Event().wait()
    return 0 if len(records) == len(CALLS) and all(played) else 1


async def play(at: Office) -> None:
    """Let the people talk, one scenario after the other."""
    known, usual = load(), at.client
    for name, number in CALLS:
        print(f"  {known[name].conversation.__doc__}", flush=True)
        at.client = at.outsider(number)
        async with at.playing():
            await known[name].conversation(at)
    at.client = usual


async def delivered(daemon: RunningDaemon, count: int) -> list[dict[str, Any]]:
    """The records, once all are in the CRM with every recording that has sound."""

    async def look() -> list[dict[str, Any]] | None:
        records = await daemon.finished()
        waiting = [one for one in recordings(records) if one["state"] in ("expected", "ready")]
        logged = await daemon.crm("calls")
        all_there = min(len(records), len(logged)) >= count
        return records if all_there and not waiting else None

    return await until(look, f"{count} calls in the CRM with their recordings", within=60)


def recordings(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for record in records for one in record["recordings"]]


async def plays(daemon: RunningDaemon, recording: dict[str, Any]) -> bool:
    """Whether the page's player gets sound; a call without talk has a recording without sound."""
    if recording["state"] != "delivered":
        return str(recording["state"]) == "empty"
    async with (
        aiohttp.ClientSession(daemon.address) as web,
        web.get(f"/recordings/{recording['id']}") as answer,
    ):
        sound = await answer.read()
    with wave.open(BytesIO(sound)) as opened:
        return int(opened.getnframes()) > 0


def summary(records: list[dict[str, Any]], logged: list[dict[str, Any]]) -> str:
    """One line a call: who called, how it ended, whose it is and where it stands in the CRM."""
    where = {row["call_id"]: ", ".join(row["entities"]) or "call list" for row in logged}
    lines = [f"{'CLIENT':14}{'DIRECTION':11}{'ENDED AS':11}{'RESPONSIBLE':13}{'IN THE CRM'}"]
    lines += [
        f"{masked(r['client']['number']):14}{r['direction']:11}{r['disposition']:11}"
        f"{r['responsible'] or '-':13}{where.get(r['call_id'], 'missing')}"
        for r in records
    ]
    return "\n".join(lines)


def _port() -> int:
    """The usual one, unless a daemon of this machine has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return free_port()
    return PORT


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(stay=sys.stdout.isatty())))
    except NoAsterisk as why:
        sys.exit(f"The demo needs an Asterisk: {why}")
    except KeyboardInterrupt:
        print("\nThe demo is over; nothing of it is left running.")
