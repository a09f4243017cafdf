"""Recordings behind a web server: a real one, that does what web servers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest
from aiohttp import encode_basic_auth, web
from pydantic import SecretStr

from bridge.domain.record import RecordingState
from bridge.recordings.http import WebFolder
from bridge.recordings.settings import HttpSource
from tests.recordings.remote import MONITOR, collect, content


@dataclass
class Server:
    """Shows `root` to who has the password; `fault` is what goes wrong with the next whole file."""

    root: Path
    url: str = ""
    fault: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        who = request.headers.get("Authorization", "")
        if who not in (encode_basic_auth("us", "open sesame"), "Bearer t0ken"):
            raise web.HTTPUnauthorized
        file = (self.root / request.match_info["path"]).resolve()
        if not file.is_file():
            raise web.HTTPNotFound
        if self.fault == "no ranges":
            return web.Response(body=file.read_bytes())
        whole = "Range" not in request.headers
        fault, self.fault = (self.fault, "") if whole else ("", self.fault)
        return await self._with(fault, file, request)

    async def _with(self, fault: str, file: Path, request: web.Request) -> web.StreamResponse:
        if not fault:
            return web.FileResponse(file)
        data = content(file)
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await response.prepare(request)
        for start in range(0, len(data) // 2 if fault == "cut" else len(data), 4000):
            await response.write(data[start : start + 4000])
            await asyncio.sleep(0)
        if fault == "cut":
            assert request.transport is not None
            request.transport.abort()
        return response


@pytest.fixture
async def server(spool: Path) -> AsyncIterator[Server]:
    (spool / "2026").mkdir()
    server = Server(spool)
    app = web.Application()
    app.router.add_get("/monitor/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/monitor/"
    yield server
    await runner.cleanup()


@pytest.fixture
async def folder(server: Server) -> AsyncIterator[WebFolder]:
    folder = folder_of(server, username="us", password=SecretStr("open sesame"))
    yield folder
    await folder.close()


def folder_of(server: Server, **login: str | SecretStr) -> WebFolder:
    settings = HttpSource.model_validate({"kind": "http", "url": server.url, **login})
    return WebFolder(settings, PurePosixPath(MONITOR))


@pytest.mark.parametrize("fault", ["", "slow", "no ranges"])
async def test_a_recording_comes_whole(
    server: Server, folder: WebFolder, tmp_path: Path, tone: bytes, fault: str
) -> None:
    (server.root / "2026" / "a.wav").write_bytes(tone)
    server.fault = fault
    done = await collect(folder, tmp_path / "keep")
    assert done.recording.file is not None
    assert content(done.recording.file) == tone


async def test_a_name_with_spaces_and_letters_comes_whole(
    server: Server, folder: WebFolder, tmp_path: Path, tone: bytes
) -> None:
    (server.root / "2026" / "звонок #1 100%.wav").write_bytes(tone)
    done = await collect(folder, tmp_path / "keep", "2026/звонок #1 100%.wav")
    assert done.recording.state is RecordingState.READY


async def test_a_token_is_a_login_too(server: Server, tmp_path: Path, tone: bytes) -> None:
    (server.root / "2026" / "a.wav").write_bytes(tone)
    folder = folder_of(server, token=SecretStr("t0ken"))
    done = await collect(folder, tmp_path / "keep")
    await folder.close()
    assert done.recording.state is RecordingState.READY


async def test_a_file_cut_in_the_middle_is_not_kept(
    server: Server, folder: WebFolder, tmp_path: Path, tone: bytes
) -> None:
    (server.root / "2026" / "a.wav").write_bytes(tone)
    server.fault = "cut"
    done = await collect(folder, tmp_path / "keep")
    kept = [file for file in (tmp_path / "keep").rglob("*") if file.is_file()]
    assert (done.recording.state, kept) == (RecordingState.UNREADABLE, [])
    assert "broke" in done.detail


@pytest.mark.parametrize(
    ("path", "state", "word"),
    [
        ("2026/none.wav", RecordingState.MISSING, "never wrote"),
        ("2026/empty.wav", RecordingState.EMPTY, "no sound"),
        ("/etc/passwd", RecordingState.UNREADABLE, "outside"),
        ("../../etc/passwd", RecordingState.UNREADABLE, "climbs out"),
    ],
)
async def test_what_cannot_be_had_is_a_state_in_words(
    server: Server, folder: WebFolder, tmp_path: Path, path: str, state: str, word: str
) -> None:
    (server.root / "2026" / "empty.wav").touch()
    done = await collect(folder, tmp_path / "keep", path)
    assert (done.recording.state, word in done.detail) == (state, True)
    assert not any("passwd" in asked for asked in server.asked)


async def test_a_wrong_password_is_said_and_the_password_is_not(
    server: Server, tmp_path: Path
) -> None:
    folder = folder_of(server, username="us", password=SecretStr("wr0ng"))
    done = await collect(folder, tmp_path / "keep")
    await folder.close()
    assert done.recording.state is RecordingState.UNREADABLE
    assert ("401" in done.detail, "wr0ng" in done.detail) == (True, False)


async def test_a_server_that_is_away_is_unreadable(tmp_path: Path) -> None:
    folder = folder_of(Server(tmp_path, url="http://127.0.0.1:9/"))
    done = await collect(folder, tmp_path / "keep")
    await folder.close()
    assert done.recording.state is RecordingState.UNREADABLE
