"""`asterisk-bridge media`: who speaks without SRTP, asked of a real Asterisk."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.ami.codec import Frame, Framer
from bridge.ami.media import Media, Srtp, srtp
from bridge.cli.media import told
from bridge.config.load import parse
from tests.lab.asterisk import Asterisk, running
from tests.lab.office import devices

SIP = """
[safe](!,phone)
context=answering
media_encryption=sdes
[safe-a](safe)
aors=answering
from_user=safe-b
[safe-b](safe)
[clear-a](phone)
context=answering
aors=answering
from_user=clear-b
[clear-b](phone)
context=answering
[either](safe)
media_encryption_optimistic=yes
aors=answering
[answering]
type=aor
contact=sip:answer@127.0.0.1:{port}
"""
DIALPLAN = """
[answering]
exten => answer,1,Answer()
 same => n,Wait(60)
"""
USERS = """
[few]
secret={secret}
read=call,agent,dialplan,dtmf
write=originate,reporting
"""


@asynccontextmanager
async def calling() -> AsyncIterator[Asterisk]:
    """Asterisk calls itself twice, with SRTP and without."""
    async with running("22", devices("22")) as asterisk, asterisk.ami() as ami:
        for file, text in (
            ("pjsip.conf", SIP.format(port=asterisk.ports.sip)),
            ("extensions.conf", DIALPLAN),
            ("manager.conf", USERS.format(secret=asterisk.secret)),
        ):
            with (asterisk.home / "etc" / file).open("a") as config:
                config.write(text)
        for module in ("res_pjsip.so", "pbx_config.so", "manager"):
            await ami.act("Command", Command=f"module reload {module}")
        for caller in ("safe-a", "clear-a"):
            channel, since = f"PJSIP/{caller}", len(ami.events)
            await ami.act("Originate", Channel=channel, Application="Wait", Data="60", Async="true")
            await ami.event("OriginateResponse", since=since, Response="Success")
        yield asterisk


async def media(asterisk: Asterisk, user: str, folder: Path) -> tuple[int, dict[str, Any]]:
    path = folder / f"{user}.yml"
    pbx = f"{{name: lab, port: {asterisk.ports.ami}, username: {user}, secret: {asterisk.secret}}}"
    await asyncio.to_thread(path.write_text, f"pbx: [{pbx}]\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bridge.cli import main; main()"),
        *("media", "-c", str(path), "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, json.loads(said)["lab"]


def of_callers(calls: dict[str, bool]) -> dict[str, bool]:
    return {name.rpartition("-")[0]: secure for name, secure in calls.items()}


@pytest.mark.asterisk
@pytest.mark.proves("S0-45")
async def test_what_is_without_srtp_is_found_on_a_real_pbx(tmp_path: Path) -> None:
    async with calling() as asterisk:
        code, everything = await media(asterisk, "lab", tmp_path)
        _, allowed = await media(asterisk, "few", tmp_path)
    assert code == 1
    assert (
        everything["endpoints"].items()
        >= {
            "PJSIP/safe-a": "always",
            "PJSIP/clear-a": "never",
            "PJSIP/either": "perhaps",
            "PJSIP/trunk": "never",
        }.items()
    )
    told = of_callers(allowed["calls"])
    assert told == {
        **{f"PJSIP/safe-{side}": True for side in "ab"},
        **{f"PJSIP/clear-{side}": False for side in "ab"},
    }
    assert allowed["unasked"] == {"PJSIPShowEndpoint": "Permission denied"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Event: EndpointDetail\r\nMediaEncryption: none", Srtp.NEVER),
        ("Event: EndpointDetail\r\nMediaEncryption: sdes", Srtp.ALWAYS),
        (
            "Event: EndpointDetail\r\nMediaEncryption: dtls\r\nMediaEncryptionOptimistic: true",
            Srtp.PERHAPS,
        ),
        ("Response: Success\r\nSIP-Encryption: Y", Srtp.ALWAYS),
        ("Response: Success\r\nSIP-Encryption: N", Srtp.NEVER),
        ("Response: Error\r\nMessage: Peer 9 not found.", None),
    ],
)
def test_what_an_answer_says(answer: str, expected: Srtp | None) -> None:
    items = Framer(None).feed(f"{answer}\r\n\r\n".encode())
    assert srtp([item for item in items if isinstance(item, Frame)]) is expected


def test_it_is_told_in_words_the_worst_first(tmp_path: Path) -> None:
    config = parse(
        "pbx: [{name: office, username: bridge, secret: 4f1c0d9e, trunks: [PJSIP/operator-*]}]\n",
        "bridge.yml",
        {},
        tmp_path,
    )
    media = Media(
        endpoints={"PJSIP/101": Srtp.ALWAYS, "PJSIP/operator": Srtp.NEVER},
        calls={"PJSIP/101-00000001": True, "PJSIP/operator-00000002": False},
        unasked={"SIPshowpeer": "Permission denied"},
    )
    lines = [line.strip() for line in told(config, config.pbx[0], media)]
    assert [line.partition(":")[0] for line in lines] == [
        "office",
        "trunk PJSIP/operator",
        "phone of 101, PJSIP/101",
        "call PJSIP/operator-00000002 of trunk PJSIP/operator",
        "call PJSIP/101-00000001 of phone of 101, PJSIP/101",
        "not asked how endpoints are set up (SIPshowpeer",
    ]
    assert ("no SRTP" in lines[1], "write = system" in lines[-1]) == (True, True)
