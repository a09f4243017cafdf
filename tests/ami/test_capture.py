"""A capture is the stream as it came, with times on its events, whatever the disk and link do."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bridge.ami.capture import Cutter, Spool, masked, stamped
from bridge.ami.mask import Mask
from bridge.cli import main
from tests.ami.fake import FakeAsterisk, event

NOW = 1795295657.5
BANNER = b"Asterisk Call Manager/5\r\n"
STAMP = b"Timestamp: 1795295657.500000\r\n"
QUEUE = Path(__file__).parent.parent / "calls" / "queue_answered" / "capture.ami"
ARI = QUEUE.parent.parent / "ari_bridge" / "capture.ari"


@pytest.mark.parametrize(
    ("message", "after"),
    [
        (b"Event: Hangup\r\nCause: 16\r\n\r\n", b"Event: Hangup\r\n%bCause: 16\r\n\r\n"),
        (b"Event: A\r\nPrivilege: c\r\nB:1\r\n\r\n", b"Event: A\r\nPrivilege: c\r\n%bB:1\r\n\r\n"),
        (BANNER + b"Event: A\r\n\r\n", BANNER + b"Event: A\r\n%b\r\n"),
        (b"Event: A\r\nTimestamp: 1.5\r\n\r\n", b"Event: A\r\nTimestamp: 1.5\r\n\r\n"),
        (b"Response: Success\r\nEvent: A\r\n\r\n", b"Response: Success\r\nEvent: A\r\n\r\n"),
        (b"\x00\xff noise\r\n\r\n", b"\x00\xff noise\r\n\r\n"),
    ],
)  # fmt: skip
def test_an_event_without_a_time_gets_one(message: bytes, after: bytes) -> None:
    assert stamped(message, NOW) == after.replace(b"%b", STAMP)


@given(st.lists(st.integers(0, QUEUE.stat().st_size), max_size=9))
def test_the_stream_comes_out_whole_wherever_it_is_cut(cuts: list[int]) -> None:
    stream, cutter = QUEUE.read_bytes(), Cutter(lambda message: message)
    edges = [0, *sorted(cuts), len(stream)]
    out = b"".join(cutter.feed(stream[a:b]) for a, b in pairwise(edges))
    assert out + cutter.rest() == stream


def test_what_a_lost_link_left_unfinished_is_dropped() -> None:
    cutter = Cutter(lambda message: message)
    cutter.feed(b"Event: Hangup\r\nUniq")
    assert cutter.feed(b"Asterisk Call Manager/11\r\nResponse: Success\r\n\r\n").startswith(b"Ast")


def test_a_message_without_an_end_is_passed_on_not_kept() -> None:
    cutter = Cutter(lambda message: message)
    passed = sum(len(cutter.feed(b"x" * 65536)) for _ in range(64))
    assert len(cutter.rest()) == 64 * 65536 - passed <= 256 * 1024


def test_a_message_past_the_bound_is_cut_between_lines() -> None:
    lines = [b"X: +7916%07d\r\n" % number for number in range(40_000)]
    stream = b"Event: UserEvent\r\n" + b"".join(lines) + b"\r\nEvent: Hangup\r\n\r\n"
    pieces: list[bytes] = []
    cutter = Cutter(lambda piece: pieces.append(piece) or piece)  # type: ignore[func-returns-value]
    out = b"".join(cutter.feed(stream[at : at + 65536]) for at in range(0, len(stream), 65536))
    assert out + cutter.rest() == stream
    assert len(pieces) > 2
    assert all(piece.endswith(b"\r\n") for piece in pieces)
    assert pieces[-1] == b"Event: Hangup\r\n\r\n"


@given(st.binary())
def test_masking_raises_at_no_bytes(noise: bytes) -> None:
    assert masked(noise + b"\r\n\r\n", Mask(b"key")).endswith(b"\r\n\r\n")


async def test_a_slow_disk_is_told_by_a_full_spool_and_loses_nothing_that_was_taken() -> None:
    class Slow(io.BytesIO):
        unblocked = threading.Event()

        def write(self, data: object) -> int:
            self.unblocked.wait()
            return super().write(data)  # type: ignore[arg-type]

    spool, disk = Spool(1000), Slow()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(spool.write_to(disk))
        kept = 0
        while spool.put(b"x" * 100):
            kept += 100
            await asyncio.sleep(0)  # the writer takes what is there, and is stuck with it
        disk.unblocked.set()
        spool.close()
    assert (len(disk.getvalue()), kept) == (1000, 1000)


async def test_the_command_writes_until_it_is_stopped(pbx: FakeAsterisk) -> None:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bridge.cli import main; main()"),
        *("capture", "--port", str(pbx.port), "--user", "bridge", "--mask"),
        env={**os.environ, "ASTERISK_BRIDGE_AMI_SECRET": "s3"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    await pbx.until(lambda: pbx.received("QueueStatus") == 1, seconds=20)
    await pbx.send(event("Newchannel", CallerIDNum="+79161234567") + event("Hangup"))
    written = b""
    while b"Event: Hangup" not in written:
        written += await running.stdout.read(65536)
    running.send_signal(signal.SIGINT)
    assert await running.wait() == 0
    assert b"CallerIDNum: +7916" in written
    assert b"+79161234567" not in written
    assert written.count(b"Event: ") == written.count(b"\r\nTimestamp: ") - 1  # the pong's own


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["capture", *args])
    return result.exit_code, result.stderr


def test_a_file_is_masked_as_a_whole(tmp_path: Path) -> None:
    source, out = tmp_path / "a.ami", tmp_path / "b.ami"
    source.write_bytes(
        b"Event: A\r\nData: for Ivanov\r\n\r\nEvent: B\r\nCallerIDName: Ivanov\r\n\r\n"
    )
    assert run("--from", str(source), "--mask", "-o", str(out)) == (0, "")
    assert b"Ivanov" not in out.read_bytes()


def test_a_file_whose_lines_end_otherwise_betrays_no_more(tmp_path: Path) -> None:
    source, out = tmp_path / "a.ami", tmp_path / "b.ami"
    source.write_bytes(
        b"Asterisk Call Manager/5\nEvent: VarSet\nVariable: X\nValue: 1\n\n"
        b"Event: VarSet\nVariable: PASSWORD\nValue: k3y\n\n"
        b"Event: VarSet\nVariable: CNAM\nValue: anna\n\n"
    )
    assert run("--from", str(source), "--mask", "-o", str(out)) == (0, "")
    assert out.read_bytes().count(b"\n\n") == 3
    assert not {b"k3y", b"anna"} & set(out.read_bytes().split())


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--port", "1", "--user", "x"], "is AMI enabled"),
        (["--user", "x", "--secret-file", "/nowhere"], "/nowhere"),
        ([], "say --user"),
        (["--user", "x", "--port", "99999"], "port"),
        (["--from", "/nowhere", "--mask"], "/nowhere"),
        (["--from", str(QUEUE)], "needs --mask"),
        (["--from", str(ARI), "--mask"], "cannot be masked"),
        (["--from", str(QUEUE), "--mask", "-o", str(QUEUE)], "choose another"),
    ],
)
def test_what_cannot_run_says_why_in_one_line(
    args: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASTERISK_BRIDGE_AMI_SECRET", "s3")
    code, told = run(*args)
    assert code == 2
    assert says in told
    assert told.count("\n") == 1
