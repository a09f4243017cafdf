"""`check --ask` of a real Asterisk, 22 and 16: what the routing names and the PBX does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.app.probing import Answer, probed
from bridge.config.load import load
from tests.lab.daemon import settings
from tests.lab.office import ALICE_MOBILE, SALES, Office
from tests.lab.offices import Offices
from tests.lab.ports import free_port

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asterisk16,
    pytest.mark.asyncio(loop_scope="session"),
]
VERSIONS = [
    pytest.param(version, id=version, marks=pytest.mark.xdist_group(f"agi-{version}"))
    for version in ("22", "16")
]
ROUTING: dict[str, Any] = {
    "people": {
        "101": {"deputy": "109"},
        "300": {"absences": [{"first": "2020-01-01", "last": "2020-01-02", "deputy": "101"}]},
    },
    "rules": [
        {"name": "big", "when": {"deal.stage": "NEW"}, "then": {"extension": "108"}},
        {"name": "small", "when": {"deal.stage": "OLD"}, "then": {"extension": "300"}},
    ],
    "after_hours": {"to": "number", "number": ALICE_MOBILE},
    "lines": {SALES: {"hidden": {"to": "number", "number": ALICE_MOBILE}}},
}


async def asked(at: Office, folder: Path, **more: Any) -> Answer:
    """What the PBX of this office says."""
    config = folder / "bridge.yml"
    said = settings(at, folder, free_port()) | {"agi": {"port": free_port()}, **more}
    config.write_text(yaml.safe_dump(said), "utf-8")
    [answer] = [one for one in await probed(load(config)) if one.kind == "pbx"]
    return answer


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("outgoing", "numbers"),
    [
        ("outgoing", []),
        ("closed", ["number of routing.after_hours", f"number of hidden of line *{SALES[-4:]}"]),
    ],
    ids=["calls_out", "calls_nobody"],
)
async def test_what_the_pbx_does_not_have_is_named(
    offices: Offices, tmp_path: Path, version: str, outgoing: str, numbers: list[str]
) -> None:
    at = await offices.at(Office, version)
    told = {
        "BRIDGE_CLOSED_OUTGOING": outgoing,
        "BRIDGE_CLOSED_VOICEMAIL": "closed,s,1",
        "BRIDGE_CLOSED_CALLBACK": "nowhere,s,1",
    }
    async with at.set_up(**told):
        answer = await asked(at, tmp_path, routing=ROUTING)
    assert answer.failed == ""
    assert list(answer.missing) == [
        "deputy 109 of 101",
        "extension 108 of rule big",
        *numbers,
        "global BRIDGE_CLOSED_CALLBACK",
    ]


async def test_where_nothing_is_named_nothing_is_missing(offices: Offices, tmp_path: Path) -> None:
    at = await offices.at(Office, "22")
    assert (await asked(at, tmp_path, routing={})).good


@pytest.mark.parametrize("password", ["", "x"], ids=["its_own", "another"])
async def test_ari_is_asked_too_whether_it_knows_us(
    offices: Offices, tmp_path: Path, password: str
) -> None:
    at = await offices.at(Office, "22")
    asterisk = at.asterisk
    pbx = {
        "name": "office",
        "events": "ari",
        "ari": {
            "url": f"http://127.0.0.1:{asterisk.ports.http}",
            "username": "lab",
            "password": asterisk.secret + password,
        },
    }
    answer = await asked(at, tmp_path, pbx=[pbx])
    assert ("password" in answer.failed, answer.missing) == (bool(password), {})
