"""The whole daemon tells: a call to a webhook while it goes on and when it is over, and a person
when the PBX is gone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import yaml

from tests.crm.webhook.receiver import SECRETS, Receiver, receiving
from tests.daemon.process import daemon
from tests.lab.ports import free_port
from tests.portals.bitrix24.portal import Portal
from tests.torture.pbx import ReplayingPbx
from tests.torture.stand import tapes

CLIENT = "+79161234567"
PATIENCE = 60.0  # seconds; the watch looks four times a minute


def configured(folder: Path, pbx: ReplayingPbx, receiver: Receiver) -> Path:
    hook = {
        "kind": "webhook",
        "url": receiver.address + "/calls",
        "secrets": [SECRETS[0]],
        "events": ["started", "ringing", "answered", "finished"],
        "when": f"record.client.number == '{CLIENT}'",
    }
    alert = {
        "kind": "webhook",
        "url": receiver.address + "/alerts",
        "secrets": [SECRETS[0]],
        "about": ["link"],
    }
    office = {
        "name": "office",
        "port": pbx.port,
        "username": "bridge",
        "secret": pbx.secret,
        "trunks": ["PJSIP/trunk-*"],
    }
    file = folder / "bridge.yml"
    settings = {
        "folder": str(folder),
        "pbx": [office],
        "store": {"url": f"sqlite:///{folder}/bridge.db"},
        "destinations": [{"crm": hook}],
        "alerts": {"after": "PT1S", "channels": [alert]},
        "web": {"port": free_port()},
    }
    file.write_text(yaml.safe_dump(settings))
    return file


@pytest.mark.proves("S4-09", "S4-38", "S4-41")
async def test_a_call_is_told_as_it_goes_on_and_a_lost_pbx_to_a_person(tmp_path: Path) -> None:
    tape = next(tape for tape in tapes() if tape.again(CLIENT).responsible)
    async with (
        receiving() as receiver,
        ReplayingPbx(tmp_path / "monitor") as pbx,
        daemon(configured(tmp_path, pbx, receiver)) as (_, signs),
    ):
        await signs.until(lambda sign: sign.get("READY") == "1")
        await pbx.until(lambda: pbx.followed, 30)
        await pbx.play(tape.again(CLIENT))
        calls = await _told(receiver, "finished")
        await pbx.__aexit__(None, None, None)  # it is switched off
        await _told(receiver, "alert")
    assert (calls[0], calls[-1], "answered" in calls) == ("started", "finished", True)
    alert = json.loads(receiver.seen[-1][1])
    assert (alert["kind"], alert["title"]) == ("link", "office is not followed")


@pytest.mark.proves("S4-41")
async def test_a_login_that_the_crm_takes_no_more_is_told_though_nobody_calls(
    tmp_path: Path,
) -> None:
    async with (
        receiving() as receiver,
        ReplayingPbx(tmp_path / "monitor") as pbx,
        Portal() as portal,
    ):
        config = configured(tmp_path, pbx, receiver)
        portal.auth.revoke()
        await asyncio.to_thread(with_dead_login, config, portal)
        async with daemon(config):
            await _told(receiver, "alert")
    alert = json.loads(receiver.seen[-1][1])
    assert (alert["kind"], alert["title"]) == ("login", "bitrix24 refuses our login")


def with_dead_login(config: Path, portal: Portal) -> None:
    """Calls go to this portal too; the channel tells of logins."""
    values = yaml.safe_load(config.read_text())
    values["destinations"].append(
        {
            "crm": {
                "kind": "bitrix24",
                "portal": portal.url,
                "auth": portal.url,
                "client_id": portal.auth.client_id,
                "client_secret": portal.auth.client_secret,
                "refresh_token": "4f1c0d9e77ab",
                "folder": str(config.parent),
            }
        }
    )
    values["alerts"]["channels"][0]["about"] = ["login"]
    config.write_text(yaml.safe_dump(values))


async def _told(receiver: Receiver, event: str) -> list[str]:
    """Every event until this one has come."""
    async with asyncio.timeout(PATIENCE):
        while event not in receiver.events():
            await receiver.until(len(receiver.seen) + 1)
    return receiver.events()
