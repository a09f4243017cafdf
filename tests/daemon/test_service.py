"""The daemon under systemd: ready, alive, read anew, stopped."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import subprocess
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.daemon.process import PATIENCE, UNIT, daemon, exec_start, unit
from tests.lab.daemon import command as run
from tests.lab.ports import free_port
from tests.lab.wait import until
from tests.web.certificates import certify


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose PBX does not answer: the daemon lives all the same."""
    path = tmp_path / "bridge.yml"
    path.write_text(
        f"folder: {tmp_path}\n"
        f"pbx: [{{name: office, username: bridge, secret: '${{AMI}}', port: {free_port()}}}]\n"
        f"web: {{port: {free_port()}}}\n"
        f"store: {{url: 'sqlite:///{tmp_path}/bridge.db'}}\n"
    )
    return path


def spoil(config: Path) -> None:
    config.write_text("regoin: RU\n")


async def test_systemd_hears_ready_alive_and_stopping(config: Path) -> None:
    async with daemon(config, AMI="4f1c0d9e", WATCHDOG_USEC="200000") as (process, signs):
        assert "STATUS" in await signs.until(lambda sign: sign.get("READY") == "1")
        assert signs.told[0]["STATUS"] == "opening the store"
        await signs.until(lambda sign: sign.get("WATCHDOG") == "1")
        await signs.until(lambda sign: sign.get("WATCHDOG") == "1")
        process.terminate()
        await signs.until(lambda sign: sign.get("STOPPING") == "1")
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0


async def test_what_it_writes_is_nobody_elses(config: Path) -> None:
    """Started by hand, too, under whatever umask that hand has."""
    before = set(config.parent.iterdir())
    async with daemon(config, AMI="4f1c0d9e") as (_, signs):
        await signs.until(lambda sign: sign.get("READY") == "1")
        written = {one for one in config.parent.rglob("*") if not one.is_socket()} - before
        assert {one.name for one in written if one.stat().st_mode & 0o027} == set()
    assert config.parent / "bridge.db" in written


async def test_a_reload_is_told_and_a_wrong_file_changes_nothing(config: Path) -> None:
    async with daemon(config, AMI="4f1c0d9e") as (process, signs):
        await signs.until(lambda sign: sign.get("READY") == "1")
        spoil(config)
        process.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC" in await signs.until(lambda sign: sign.get("RELOADING") == "1")
        await signs.until(lambda sign: sign.get("READY") == "1")
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            _, log = await process.communicate()
    lines = [json.loads(line) for line in log.decode().splitlines()]
    [refusal] = [line for line in lines if line["event"] == "service.not_reloaded"]
    assert ("did you mean `region`?" in refusal["error"], process.returncode) == (True, 0)


def with_an_odd_calendar(config: Path) -> None:
    event = "BEGIN:VEVENT\nUID:1@x\nSUMMARY:stand-up\nDTSTART;VALUE=DATE:20260105\n"
    event += "RRULE:FREQ=MINUTELY\nEND:VEVENT\n"
    calendar = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{event}END:VCALENDAR\n"
    (config.parent / "days.ics").write_text(calendar.replace("\n", "\r\n"))
    schedule = "routing: {hours: o, schedules: {o: {zone: Europe/Moscow, calendar: days.ics}}}\n"
    config.write_text(config.read_text() + schedule)


def with_an_index(config: Path, port: int, agi: int) -> Path:
    """It asks the CRM anew in an hour only. A file of one client."""
    served = re.sub("(?m)^web: .*$", f"web: {{port: {port}}}", config.read_text())
    config.write_text(served + f"agi: {{port: {agi}}}\ncache: {{index_every: 3600}}\n")
    clients = config.parent / "clients.csv"
    clients.write_text("name,phones\nВера,+79161234561\n")
    return clients


async def test_what_check_warns_of_is_logged_and_counted_at_start_and_reload(config: Path) -> None:
    with_an_odd_calendar(config)
    async with daemon(config, AMI="4f1c0d9e") as (process, signs):
        await signs.until(lambda sign: sign.get("READY") == "1")
        process.send_signal(signal.SIGHUP)
        await signs.until(lambda sign: sign.get("RELOADING") == "1")
        await signs.until(lambda sign: sign.get("READY") == "1")
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            _, log = await process.communicate()
    lines = [json.loads(line) for line in log.decode().splitlines()]
    told = [line["what"] for line in lines if line["event"] == "config.doubtful"]
    assert [("days.ics" in what, "stand-up" in what) for what in told] == [(True, True)] * 2


async def test_clients_that_a_command_imports_are_known_to_the_daemon_at_once(
    config: Path,
) -> None:
    port = free_port()
    clients = with_an_index(config, port, free_port())
    async with (
        daemon(config, AMI="4f1c0d9e") as (_, signs),
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        await signs.until(lambda sign: sign.get("READY") == "1")

        async def phones() -> str:
            async with session.get("/metrics") as answer:
                found = re.search(r"index_phones\{\S+ (\S+)", await answer.text())
            return found[1] if found else ""

        async def known(count: str) -> bool:
            return await phones() == count

        await until(partial(known, "0.0"), "the index of nobody")
        await run("crm", "--file", str(config.parent / "crm.db"), "import", str(clients))
        await until(partial(known, "1.0"), "the client in the index", within=5)


def over_tls(config: Path, port: int) -> Path:
    """Serve the page over TLS there; the certificate's file."""
    certificate, key = certify(config.parent)
    served = f"web: {{port: {port}, tls: {{certificate: {certificate}, key: {key}}}}}"
    config.write_text(re.sub("(?m)^web: .*$", served, config.read_text()))
    return certificate


async def test_a_renewed_certificate_is_taken_up_by_a_reload(config: Path) -> None:
    port = free_port()
    certificate = over_tls(config, port)
    async with daemon(config, AMI="4f1c0d9e") as (process, signs):
        await signs.until(lambda sign: sign.get("READY") == "1")
        certify(config.parent)
        process.send_signal(signal.SIGHUP)
        await signs.until(lambda sign: sign.get("RELOADING") == "1")
        await signs.until(lambda sign: sign.get("READY") == "1")
        shown = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
        expected = await asyncio.to_thread(certificate.read_text)
    assert shown == expected


async def test_whoever_follows_by_an_old_token_is_sent_away_by_a_reload(config: Path) -> None:
    port = free_port()
    with_token(config, port, "5d1f0c6e88aa4b07")
    bearer = {"Authorization": "Bearer 5d1f0c6e88aa4b07"}
    async with (
        daemon(config, AMI="4f1c0d9e") as (process, signs),
        ClientSession(f"http://127.0.0.1:{port}", headers=bearer) as session,
    ):
        await signs.until(lambda sign: sign.get("READY") == "1")
        async with session.get("/api/v1/live") as stream:
            await stream.content.readline()
            with_token(config, port, "77aa0c6e88aa4b07")
            process.send_signal(signal.SIGHUP)
            async with asyncio.timeout(PATIENCE):
                await stream.read()
        async with session.get("/api/v1/live") as again:
            assert again.status == 401


def with_token(config: Path, port: int, token: str) -> None:
    served = f"web: {{port: {port}, token: '{token}'}}"
    config.write_text(re.sub("(?m)^web: .*$", served, config.read_text()))


async def test_a_refused_configuration_is_not_tried_again(config: Path) -> None:
    spoil(config)
    async with daemon(config) as (process, _):
        async with asyncio.timeout(PATIENCE):
            _, log = await process.communicate()
    assert (b"did you mean `region`?" in log, str(process.returncode)) == (
        True,
        unit()["Service"]["RestartPreventExitStatus"],
    )


def test_systemd_reads_the_unit_and_finds_it_well_guarded(config: Path, tmp_path: Path) -> None:
    here = tmp_path / UNIT.name
    here.write_text(
        UNIT.read_text().replace(unit()["Service"]["ExecStart"], " ".join(exec_start(config)))
    )
    verify = ["systemd-analyze", "verify", "--man=no", str(here)]
    guarded = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(here)]
    for command in (verify, guarded):
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (said.returncode, said.stderr) == (0, ""), said.stdout


def started(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        exec_start(config),
        env={**os.environ, "AMI": "4f1c0d9e"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_store_that_cannot_be_made_is_told_in_words(config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config.write_text(config.read_text().replace("/bridge.db", "/file/bridge.db"))
    told = started(config)
    assert (told.returncode, "Traceback" in told.stderr) == (2, False)
    assert f"store.url: there is no folder {tmp_path}/file: make it" in told.stderr


@pytest.mark.parametrize("room", ["web", "agi"])
def test_a_port_that_somebody_has_is_told_in_words(config: Path, room: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        others = re.sub(rf"(?m)^{room}: .*\n?", "", config.read_text())
        config.write_text(f"{others}\n{room}: {{port: {port}}}\n")
        told = started(config)
    assert (told.returncode, "Traceback" in told.stderr) == (2, False)
    assert f"change {room}.port" in told.stderr
