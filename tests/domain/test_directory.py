"""Whose channel is it."""

from __future__ import annotations

import pytest

from bridge.domain.directory import Agent, Directory, Role

ALICE = Agent(extension="101", endpoints=("PJSIP/101", "SIP/alice"), mobiles=("+79161234591",))


@pytest.mark.parametrize(
    ("name", "role", "extension"),
    [
        ("PJSIP/101-0000002a", Role.AGENT, "101"),
        ("SIP/alice-0000002a", Role.AGENT, "101"),
        ("SIP/102-0000002a", Role.AGENT, "102"),
        ("PJSIP/trunk-0000002a", Role.TRUNK, None),
        ("PJSIP/trunk-backup-0000002a", Role.TRUNK, None),
        ("Local/101@from-queue-00000001;2", Role.LOCAL, None),
        ("Local/FMGL-79031112233#@from-internal-00000001;1", Role.LOCAL, None),
        ("CBAnn/conference-00000001;1", Role.MACHINERY, None),
        ("PJSIP/101-0000002a<MASQ>", Role.AGENT, "101"),
        ("PJSIP/101-0000002a<MASQ><ZOMBIE>", Role.AGENT, "101"),
        # As nobody but an attacker names it: read once, and not from each of its parts.
        pytest.param("PJSIP/x" + "<MASQ>" * 100_000 + "x>", Role.AGENT, None, id="a long row"),
        ("DAHDI/i1/79161234567-3", Role.AGENT, None),
    ],
)
def test_the_name_of_the_channel_tells(name: str, role: Role, extension: str | None) -> None:
    assert Directory([ALICE], trunks=["PJSIP/trunk-*"]).role(name) == (role, extension)


def test_without_trunks_whatever_is_neither_local_nor_an_extension_is_one() -> None:
    assert Directory().role("DAHDI/i1/79161234567-3") == (Role.TRUNK, None)


def test_an_agent_answers_on_his_mobile() -> None:
    assert Directory([ALICE]).extension_of_mobile("+79161234591") == "101"


def test_ever_new_names_do_not_grow_the_memory() -> None:
    directory = Directory()
    for number in range(25_000):
        directory.role(f"PJSIP/{number}-0000002a")
    assert len(directory._known) <= 10_001
