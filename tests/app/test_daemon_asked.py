"""Whom would it ring now: the daemon of this configuration is asked, where one answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge.app import told_by_daemon
from bridge.app.pages import Shelves
from bridge.config.model import Config
from bridge.domain.routes import Asked, Decision, RouteStatus
from bridge.web.app import serving
from bridge.web.certificate import Certificate, TlsSettings
from bridge.web.live import LiveBoard
from bridge.web.room import Room
from bridge.web.settings import WebSettings
from tests.lab.ports import free_port
from tests.web.certificates import certify
from tests.web.conftest import StoredCalls

TOKEN = SecretStr("4f1c0d9e77abcdef4f1c0d9e77abcdef")
DECISION = Decision(status=RouteStatus.OK, dial="PJSIP/102", name="Вера, ООО", label="deputy")
ASKED = Asked(number="+79161234561", did="+74951234501", words={"key": "2"})


class Decides:
    async def route(self, asked: Asked) -> Decision:
        assert (asked.number, asked.did, asked.words["key"]) == (ASKED.number, ASKED.did, "2")
        return DECISION


@asynccontextmanager
async def daemon(web: WebSettings) -> AsyncIterator[None]:
    certificate = Certificate(web.tls) if web.tls else None
    room = Room(
        calls=StoredCalls(),
        recordings=Shelves({}),
        live=LiveBoard(),
        settings=web,
        certificate=certificate,
        routes=Decides(),
    )
    async with serving(room):
        yield


def config(web: WebSettings, agi: dict[str, object] | None) -> Config:
    pbx = [{"name": "office", "username": "b", "secret": "4f1c0d9e77ab"}]
    return Config.model_validate({"pbx": pbx, "agi": agi}).model_copy(update={"web": web})


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_the_daemon_says_what_it_would_tell_the_dialplan(tmp_path: Path, tls: bool) -> None:
    made = certify(tmp_path)
    files = TlsSettings(certificate=made[0], key=made[1]) if tls else None
    web = WebSettings(port=free_port(), token=TOKEN, tls=files)
    async with daemon(web):
        assert await told_by_daemon(config(web, {}), ASKED) == DECISION.variables()


@pytest.mark.parametrize("trouble", ["no agi", "nobody listens", "another token"])
async def test_where_no_daemon_answers_nothing_is_said(trouble: str) -> None:
    web = WebSettings(port=free_port(), token=TOKEN)
    asking = web.model_copy(update={"token": SecretStr("another " * 4)})
    async with daemon(web):
        here = {
            "no agi": config(web, None),
            "nobody listens": config(WebSettings(port=free_port()), {}),
            "another token": config(asking, {}),
        }
        assert await told_by_daemon(here[trouble], ASKED) is None
