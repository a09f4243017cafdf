"""`asterisk-bridge discover`: against a real office, and on what other PBXs answer."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from bridge.ami.codec import Frame, Framer
from bridge.cli.discover import Found, ask, found, snippet
from bridge.config.load import parse
from bridge.config.model import Config
from tests.ami.conftest import pbx as pbx
from tests.ami.fake import Answer, FakeAsterisk, error
from tests.lab.asterisk import Asterisk, running
from tests.lab.office import STAFF, devices


def settings(port: int, secret: str, user: str = "lab") -> str:
    return f"pbx: [{{name: lab, port: {port}, username: {user}, secret: '{secret}'}}]\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse(settings(5038, "4f1c0d9e"), "bridge.yml", {}, tmp_path)


def frames(*messages: str) -> list[Frame]:
    items = Framer(None).feed("".join(f"{m}\r\n\r\n" for m in messages).encode())
    return [item for item in items if isinstance(item, Frame)]


async def discover(asterisk: Asterisk, secret: str, folder: Path) -> tuple[int, str, str]:
    path = folder / "bridge.yml"
    path.write_text(settings(asterisk.ports.ami, secret))  # a few bytes
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bridge.cli import main; main()"),
        *("discover", "-c", str(path), "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    return process.returncode or 0, said.decode(), complained.decode()


@pytest.mark.asterisk
async def test_the_office_is_found_as_it_is(tmp_path: Path) -> None:
    async with running("22", devices("22")) as asterisk:
        code, said, complained = await discover(asterisk, asterisk.secret, tmp_path)
        refused, _, told = await discover(asterisk, "wrong-4f1c", tmp_path)
    assert (code, complained) == (0, "")
    office = json.loads(said)["lab"]
    assert {agent["extension"] for agent in office["agents"]} >= set(STAFF)
    assert "PJSIP/trunk-*" in office["trunks"]
    assert (refused, "manager.conf" in told, "wrong-4f1c" in told) == (2, True, False)


def test_devices_of_every_kind_are_sorted_as_the_daemon_would(config: Config) -> None:
    result = found(
        frames(
            "Event: DeviceStateChange\r\nDevice: PJSIP/101\r\nState: NOT_INUSE",
            "Event: DeviceStateChange\r\nDevice: Queue:service\r\nState: NOT_INUSE",
            "Event: PeerEntry\r\nChanneltype: SIP\r\nObjectName: 101",
            "Event: EndpointList\r\nObjectName: operator",
            "Event: CoreShowChannel\r\nChannel: PJSIP/operator-0000001a",
            "Event: CoreShowChannel\r\nChannel: Local/101@from-queue-0000001a;1",
        ),
        config,
        config.pbx[0],
    )
    assert (result.agents, result.trunks) == (
        {"101": ["PJSIP/101", "SIP/101"]},
        ["PJSIP/operator-*"],
    )


@pytest.mark.parametrize(
    ("member", "names"),
    [
        ("Name: Anna\r\nLocation: Local/101@from-queue/n\r\nStateInterface: hint:101@ext-local",
         {"101": "Anna"}),
        ("Name: Local/101@from-queue/n\r\nLocation: Local/101@from-queue/n", {}),
        ("Name: Anna\r\nLocation: PJSIP/101", {"101": "Anna"}),
        ("Name: Door\r\nLocation: PJSIP/door", {}),
    ],
)  # fmt: skip
def test_queues_tell_the_names_of_people(
    member: str, names: dict[str, str], config: Config
) -> None:
    assert found(frames(f"Event: QueueMember\r\n{member}"), config, config.pbx[0]).names == names


def refusing(message: str) -> Answer:
    return lambda action: error(action, message)


async def test_what_a_pbx_does_not_have_is_no_question_that_we_may_not_ask(
    config: Config, pbx: FakeAsterisk
) -> None:
    """Asterisk 21 has no chan_sip; and a right may be missing."""
    said = {
        "SIPpeers": "Invalid/unknown command: SIPpeers. Use Action: ListCommands to show available"
        " commands.",
        "PJSIPShowEndpoints": "No endpoints found",
        "DeviceStateList": "Permission denied",
    }
    pbx.answers |= {question: refusing(message) for question, message in said.items()}
    there = config.pbx[0].model_copy(update={"port": pbx.port, "secret": SecretStr("s3")})
    result = await ask(config, there.model_copy(update={"username": "bridge"}))
    assert result.unasked == {"DeviceStateList": "Permission denied"}


def test_what_is_printed_is_good_to_paste(config: Config, tmp_path: Path) -> None:
    result = Found(
        agents={"101": ["PJSIP/101"]},
        names={"101": 'Anna "#1": & <x>'},
        trunks=["PJSIP/op: 1-*"],
        unasked={"SIPpeers": "Permission\ndenied"},
    )
    pasted = yaml.safe_load("pbx:\n  - name: lab\n" + "\n".join(snippet(config.pbx[0], result)))
    assert pasted == {
        "pbx": [{"name": "lab", "trunks": ["PJSIP/op: 1-*"]}],
        "agents": [{"extension": "101", "name": 'Anna "#1": & <x>', "endpoints": ["PJSIP/101"]}],
    }
