"""The demo: a real Asterisk, real phones, the daemon, and every client call in the CRM's page.

Run by `make demo` (`asterisk-bridge demo`), with CRM=bitrix24 or CRM=amocrm (`--crm`) into that of
the tests, which stands beside the daemon and keeps to what its vendor documents. On a terminal it
stays open until Ctrl-C, so that the page can be looked at.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bridge.domain.numbers import masked
from tests.lab.absent import Absent
from tests.lab.daemon import RunningDaemon, running_daemon
from tests.lab.demo_crm import CRMS, DemoCrm, Shown, plays
from tests.lab.office import CLIENT, OTHER_CLIENT, THIRD_CLIENT, Office, office
from tests.lab.ports import free_port
from tests.lab.scenario import load
from tests.lab.wait import NotInTime, until

PORT: Final = 9180
WORD: Final = 2.0  # seconds, where somebody may listen to the recordings
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
# Where the calls of those who are known stand; those of strangers stand on a lead.
STANDS_ON: Final = {
    OTHER_CLIENT: {"contact", "deal"},
    THIRD_CLIENT: {"contact", "lead"},
    CLIENT: {"contact"},
}


async def shown_until_ended(crm: str, stay: bool) -> int:
    """As `main`; Ctrl-C, a terminal that closes and `kill` end it between two steps of the loop.
    (asyncio's own Ctrl-C comes in the midst of one, and may find a connection half told of.)"""
    task = asyncio.current_task()
    assert task is not None

    def end() -> None:
        if not task.cancelling():  # make passes on what we were told already
            task.cancel()

    for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(each) is not signal.SIG_IGN:  # as after nohup
            asyncio.get_running_loop().add_signal_handler(each, end)
    return await main(crm, stay)


async def main(crm: str, stay: bool) -> int:
    with TemporaryDirectory(prefix="asterisk-bridge-demo-") as name:
        folder = Path(name)
        print("Starting a real Asterisk, its phones and the daemon …", flush=True)
        async with (
            CRMS[crm](folder) as shown,
            office() as at,
            running_daemon(at, folder, _port(), change=shown.change) as daemon,
        ):
            await shown.furnish()
            if stay:
                at.talk_for(WORD)
            print(f"The page: {shown.page(daemon)}\n", flush=True)
            await play(at)
            with explained(daemon):
                records = await delivered(daemon, shown, len(CALLS))
            calls = await in_the_end(daemon, shown, records)
            print("\n" + summary(records, calls), flush=True)
            wrong = [each for one in records for each in untrue(one, calls, shown)]
            played = [await plays(each) for call in calls.values() for each in call.recordings]
            print(f"\n{len(records)} client calls, {sum(played)} recordings that play.")
            print("\n".join(wrong), flush=True)
            if stay:
                print(f"Look at {shown.page(daemon)} ; Ctrl-C ends the demo.", flush=True)
                await asyncio.Event().wait()
    return 0 if len(records) == len(CALLS) and all(played) and not wrong else 1


@contextmanager
def explained(daemon: RunningDaemon) -> Iterator[None]:
    """Where something did not happen in time, what the daemon complained of stands before it."""
    try:
        yield
    except NotInTime:
        complaints = (line for line in daemon.log() if line["level"] in ("warning", "error"))
        print("\nThe daemon said:", *map(json.dumps, complaints), sep="\n", flush=True)
        raise


async def play(at: Office) -> None:
    """Let the people talk, one scenario after the other."""
    known, usual = load(), at.client
    for name, number in CALLS:
        print(f"  {known[name].conversation.__doc__}", flush=True)
        at.client = at.outsider(number)
        async with at.playing():
            await known[name].conversation(at)
    at.client = usual


async def delivered(daemon: RunningDaemon, crm: DemoCrm, count: int) -> list[dict[str, Any]]:
    """The records, once all are in the CRM with every recording that has sound."""

    async def look() -> list[dict[str, Any]] | None:
        records = await daemon.finished()
        waiting = [
            one
            for record in records
            for one in record["recordings"]
            if one["state"] in ("expected", "ready")
        ]
        all_there = min(len(records), len(await crm.calls(daemon))) >= count
        return records if all_there and not waiting else None

    return await until(look, f"{count} calls in the CRM with their recordings", within=120)


async def in_the_end(
    daemon: RunningDaemon, crm: DemoCrm, records: list[dict[str, Any]]
) -> dict[str, Shown]:
    """The calls as the CRM has them; one that stands on two cards stands on one of them first."""

    async def look() -> dict[str, Shown] | None:
        calls = await crm.calls(daemon)
        return None if any(any(untrue(one, calls, crm)) for one in records) else calls

    with suppress(NotInTime):
        return await until(look, "the calls on all their cards", within=30)
    return await crm.calls(daemon)


def untrue(record: dict[str, Any], calls: dict[str, Shown], crm: DemoCrm) -> Iterator[str]:
    """What the CRM says otherwise than it was."""
    call, number = calls[record["call_id"]], record["client"]["number"]
    responsible = crm.person(record["responsible"])
    if responsible and call.responsible != responsible:
        yield f"The call of {masked(number)} is of {call.responsible}, and not of {responsible}."
    kinds = {entity.split()[0] for entity in call.entities}
    if kinds != STANDS_ON.get(number, {"lead"}):
        yield f"The call of {masked(number)} stands on {', '.join(call.entities) or 'nothing'}."
    talked = any(one["state"] == "delivered" for one in record["recordings"])
    if bool(call.recordings) != talked:
        yield f"The call of {masked(number)} has no recording in the CRM."


def summary(records: list[dict[str, Any]], calls: dict[str, Shown]) -> str:
    """One line a call: who called, how it ended, whose it is and where it stands in the CRM."""
    where = {id: ", ".join(call.entities) or "call list" for id, call in calls.items()}
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
        crm = sys.argv[1] if len(sys.argv) > 1 else "builtin"
        sys.exit(asyncio.run(shown_until_ended(crm, stay=sys.stdout.isatty())))
    except Absent as why:
        sys.exit(f"The demo needs a real {why.what}: {why}")
    except NotInTime as why:
        sys.exit(f"The demo did not come to its end: {why}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        with suppress(OSError):  # the terminal may be gone
            print("\nThe demo is over; nothing of it is left running.", flush=True)
