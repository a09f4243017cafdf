"""Recordings behind SFTP: a real server, real keys, and a host key that is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import asyncssh
import pytest

from bridge.domain.record import RecordingState
from bridge.recordings.settings import SftpSource
from bridge.recordings.sftp import SftpFolder
from tests.recordings.remote import MONITOR, collect, content


class Faulty(asyncssh.SFTPServer):
    """Reads as `fault` says: whole, or not past the middle of a file, or after it has gone."""

    fault = ""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if Faulty.fault == "gone":
            raise asyncssh.SFTPNoSuchFile("deleted a moment ago")
        return super().open(path, pflags, attrs)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes)
        if Faulty.fault == "cut" and offset > 100_000:
            Faulty.fault = ""
            raise ConnectionResetError("the wire was cut")
        return data


@dataclass
class Host:
    """An SFTP server that shows `root`, and who may come in."""

    root: Path
    keys: Path
    port: int

    def source(self, **other: object) -> SftpSource:
        told = {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "username": "us",
            "key": self.keys / "ours",
            "known_hosts": self.keys / "known_hosts",
            "folder": "/",
        }
        return SftpSource.model_validate(told | other)


@pytest.fixture
async def host(spool: Path, tmp_path: Path) -> AsyncIterator[Host]:
    (spool / "2026").mkdir()
    keys = tmp_path / "keys"
    keys.mkdir()
    for name in ("ours", "theirs", "strangers"):
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(keys / name)
    ours, theirs = (asyncssh.read_private_key(keys / name) for name in ("ours", "theirs"))
    ours.write_public_key(keys / "authorized")
    Faulty.fault = ""
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[theirs],
        authorized_client_keys=str(keys / "authorized"),
        sftp_factory=lambda channel: Faulty(channel, chroot=str(spool).encode()),
    )
    port = server.get_port()
    line = f"[127.0.0.1]:{port} {theirs.export_public_key().decode()}"
    (keys / "known_hosts").write_text(line)
    yield Host(spool, keys, port)
    server.close()
    await server.wait_closed()


@pytest.fixture
async def folder_of() -> AsyncIterator[Callable[[SftpSource], SftpFolder]]:
    opened: list[SftpFolder] = []

    def opening(source: SftpSource) -> SftpFolder:
        opened.append(SftpFolder(source, PurePosixPath(MONITOR)))
        return opened[-1]

    yield opening
    for folder in opened:
        await folder.close()


Opening = Callable[[SftpSource], SftpFolder]


async def test_a_recording_comes_whole(
    host: Host, folder_of: Opening, tmp_path: Path, tone: bytes
) -> None:
    (host.root / "2026" / "a.wav").write_bytes(tone)
    done = await collect(folder_of(host.source()), tmp_path / "keep")
    assert done.recording.file is not None
    assert content(done.recording.file) == tone


async def test_a_file_cut_in_the_middle_comes_whole_the_next_time(
    host: Host, folder_of: Opening, tmp_path: Path, tone: bytes
) -> None:
    (host.root / "2026" / "a.wav").write_bytes(tone * 10)
    folder = folder_of(host.source())
    Faulty.fault = "cut"
    first = await collect(folder, tmp_path / "keep")
    kept = [file for file in (tmp_path / "keep").rglob("*") if file.is_file()]
    second = await collect(folder, tmp_path / "keep")
    assert (first.recording.state, kept) == (RecordingState.UNREADABLE, [])
    assert second.recording.state is RecordingState.READY


async def test_a_file_that_goes_while_it_is_looked_at_is_missing(
    host: Host, folder_of: Opening, tmp_path: Path, tone: bytes
) -> None:
    (host.root / "2026" / "a.wav").write_bytes(tone)
    Faulty.fault = "gone"
    done = await collect(folder_of(host.source()), tmp_path / "keep")
    assert done.recording.state is RecordingState.MISSING


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("2026/none.wav", RecordingState.MISSING),
        ("2026/empty.wav", RecordingState.EMPTY),
        ("../../etc/passwd", RecordingState.UNREADABLE),
    ],
)
async def test_what_cannot_be_had_is_a_state(
    host: Host, folder_of: Opening, tmp_path: Path, path: str, state: RecordingState
) -> None:
    (host.root / "2026" / "empty.wav").touch()
    done = await collect(folder_of(host.source()), tmp_path / "keep", path)
    assert done.recording.state is state


async def test_a_wrong_key_is_refused_and_said(
    host: Host, folder_of: Opening, tmp_path: Path
) -> None:
    folder = folder_of(host.source(key=host.keys / "strangers"))
    done = await collect(folder, tmp_path / "keep")
    assert done.recording.state is RecordingState.UNREADABLE
    assert "refuses our user, key or password" in done.detail


async def test_a_host_whose_key_is_another_gets_no_login(
    host: Host, folder_of: Opening, tmp_path: Path, tone: bytes
) -> None:
    (host.root / "2026" / "a.wav").write_bytes(tone)
    other = asyncssh.read_private_key(host.keys / "strangers").export_public_key().decode()
    (host.keys / "known_hosts").write_text(f"[127.0.0.1]:{host.port} {other}")
    done = await collect(folder_of(host.source()), tmp_path / "keep")
    assert done.recording.state is RecordingState.UNREADABLE
    assert "is it the right server" in done.detail


async def test_a_server_that_is_away_is_unreadable(
    host: Host, folder_of: Opening, tmp_path: Path
) -> None:
    done = await collect(folder_of(host.source(port=9)), tmp_path / "keep")
    assert done.recording.state is RecordingState.UNREADABLE
