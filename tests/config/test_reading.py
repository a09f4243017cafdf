"""What a good file means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from jsonschema import Draft202012Validator

from bridge.app import destinations
from bridge.config.connectors import with_crms
from bridge.config.findings import ConfigRefused, ConfigUnreadable
from bridge.config.load import load, parse
from bridge.config.model import Config, Settings
from bridge.config.reload import waits_for_restart
from bridge.config.schema import json_schema
from bridge.crm.bitrix24 import Bitrix24Settings
from bridge.crm.builtin.settings import BuiltinSettings
from bridge.domain.directory import Role
from tests.config.conftest import ENVIRONMENT, GOOD_PBX, Read

ROOT = Path(__file__).parents[2]


def test_a_value_is_read_as_written_not_as_yaml_would(read: Read) -> None:
    config = read(
        "region: NO\n" + GOOD_PBX + "agents:\n- {extension: 011, crm_user: 0012, name: off}\n"
    )
    [agent] = config.agents
    assert (config.region, agent.extension, agent.crm_user, agent.name) == (
        "NO", "011", "0012", "off",
    )  # fmt: skip


def test_numbers_and_words_come_from_the_environment_too(read: Read) -> None:
    [pbx] = read(GOOD_PBX + "    port: ${AMI_PORT}\n    host: $${x}.${AMI_PORT}\n").pbx
    assert (pbx.port, pbx.host, pbx.secret.get_secret_value()) == (
        5039, "${x}.5039", "4f1c0d9e77ab",
    )  # fmt: skip


def test_a_secret_comes_from_a_file_beside_the_configuration(read: Read, tmp_path: Path) -> None:
    (tmp_path / "ami").write_text("4f1c0d9e\n")
    [pbx] = read("pbx: [{name: office, username: bridge, secret: file:ami}]").pbx
    assert pbx.secret.get_secret_value() == "4f1c0d9e"


def test_no_secret_is_printed_with_the_settings(read: Read) -> None:
    assert "4f1c0d9e" not in repr(read(GOOD_PBX))


def test_an_empty_value_is_a_default(read: Read) -> None:
    assert read(GOOD_PBX + "    trunks:\nagents:\n").agents == ()


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("", "sqlite:////var/lib/asterisk-crm-bridge/bridge.db"),
        ("folder: /srv/bridge\n", "sqlite:////srv/bridge/bridge.db"),
        ("folder: /srv\nstore: {url: sqlite:////data/b.db}\n", "sqlite:////data/b.db"),
    ],
)
def test_the_store_lies_in_our_folder_unless_it_is_named(
    read: Read, written: str, url: str
) -> None:
    assert read(GOOD_PBX + written).store_url == url


def test_the_directory_is_that_of_the_file(read: Read) -> None:
    config = read(
        GOOD_PBX
        + "    trunks: [PJSIP/out-*]\n"
        + "agents: [{extension: 101, endpoints: [SIP/anna], mobiles: [8 916 123-45-67]}]\n"
    )
    directory = config.directory(config.pbx[0])
    assert directory.role("SIP/anna-00000001") == (Role.AGENT, "101")
    assert directory.role("PJSIP/out-00000001") == (Role.TRUNK, None)
    assert directory.extension_of_mobile("+79161234567") == "101"


class Bitrix(Settings):
    kind: Literal["bitrix"]
    name: str
    portal: str


def test_without_delivery_no_crm_hears_of_a_call_not_even_ours(read: Read) -> None:
    assert [to.name for to in destinations(read(GOOD_PBX))] == ["crm"]
    assert destinations(read(GOOD_PBX + "deliver: false\n")) == ()


class Sheet(Settings):
    kind: Literal["sheet"]
    name: str = "sheet"
    file: Path


def with_crm(crm: str, folder: Path) -> Config:
    text = GOOD_PBX + f"destinations:\n- crm:\n    {crm}\n"
    return parse(text, "bridge.yml", ENVIRONMENT, folder, with_crms(Bitrix, Sheet))


def test_a_destination_is_read_by_the_model_of_its_connector(tmp_path: Path) -> None:
    [destination] = with_crm("{kind: sheet, name: crm, file: /srv/crm.csv}", tmp_path).destinations
    assert (destination.name, destination.crm) == (
        "crm",
        Sheet(kind="sheet", name="crm", file=Path("/srv/crm.csv")),
    )


PORTAL = """destinations:
- crm: {kind: bitrix24, webhook: "https://acme.bitrix24.ru/rest/1/abcdef/"%s}
"""


@pytest.mark.parametrize(
    ("said", "region", "folder"),
    [("", "KZ", "/srv/ours"), (", region: GB, folder: /srv/crm", "GB", "/srv/crm")],
)
def test_a_crm_has_the_country_and_the_folder_of_the_file_unless_it_says_otherwise(
    read: Read, said: str, region: str, folder: str
) -> None:
    config = read("region: KZ\nfolder: /srv/ours\n" + GOOD_PBX + PORTAL % said)
    [to] = config.destinations
    assert isinstance(to.crm, Bitrix24Settings)
    assert (to.crm.region, to.crm.folder) == (region, Path(folder))


@pytest.mark.parametrize(
    ("crm", "line", "key", "says"),
    [
        ("{kind: shet}", 6, "destinations[0].crm", "'bitrix', 'sheet'"),
        ("{name: x}", 6, "destinations[0].crm", "say which kind"),
        ("{kind: sheet,\n     fiel: x}", 8, "destinations[0].crm.fiel", "did you mean `file`?"),
        ("{kind: sheet}", 6, "destinations[0].crm.file", "missing"),
    ],
)
def test_what_a_connector_refuses_is_found_in_its_line(
    crm: str, line: int, key: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigRefused) as caught:
        with_crm(crm, tmp_path)
    assert (line, key, True) in [(f.line, f.key, says in str(f)) for f in caught.value.findings]


@pytest.mark.parametrize(
    "file",
    [file for file in sorted((ROOT / "config").rglob("*.yml")) if file.parent.name != "connectors"],
    ids=lambda file: str(file.name),
)
def test_every_shipped_configuration_is_good_as_it_stands(file: Path) -> None:
    assert load(file, ENVIRONMENT).pbx[0].name == "office"


@pytest.mark.proves("S1-32")
def test_the_sample_of_two_departments_speaks_of_the_numbers_of_its_dialplan() -> None:
    config = load(ROOT / "config" / "scenarios" / "two-departments.yml", ENVIRONMENT)
    dialplan = (ROOT / "dialplan" / "two-departments.conf").read_text("utf-8")
    dialled = set(re.findall(r"^exten => (\+\d+),1,", dialplan, re.MULTILINE))
    people = set(re.findall(r"^DEVICE_(\d+)=", dialplan, re.MULTILINE))
    assert set(config.rules.dids) == dialled
    assert {agent.extension for agent in config.agents} == people


def test_everybody_in_the_sample_is_a_user_of_its_crm() -> None:
    config = load(ROOT / "config" / "scenarios" / "two-departments.yml", ENVIRONMENT)
    [destination] = config.destinations
    assert isinstance(destination.crm, BuiltinSettings)
    users = {user.extensions[0]: user.id for user in destination.crm.users}
    owners = {did.owner for did in config.rules.dids.values()}
    assert (config.users(destination), owners - set(users.values())) == (users, set())


def test_every_commented_setting_of_the_example_is_known(read: Read) -> None:
    shipped = (ROOT / "config" / "asterisk-bridge.yml").read_text("utf-8")
    config = read(re.sub(r"(?m)^( *)# ?( *(?:- )?[a-z_+0-9]+:.*)$", r"\1\2", shipped))
    crm, *_ = config.destinations
    assert (config.agents[0].extension, config.pbx[0].trunks) == ("101", ("PJSIP/operator-*",))
    assert config.users(crm) == {"101": "12", "102": "anna"}
    assert config.policy(crm).did("+74951234501").pipeline == "sales"


def test_what_is_good_for_us_is_good_for_an_editor() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    when = {"deal.stage": "NEW", "deal.pipeline": {"in": ["1", "2"]}}
    document = {
        "pbx": [{"name": "office", "username": "b", "secret": 12, "port": "${P}"}],
        "routing": {"rules": [{"name": "new", "when": when, "then": {"group": True}}]},
    }
    assert Draft202012Validator(schema).is_valid(document)
    assert not Draft202012Validator(schema).is_valid(document | {"regoin": "RU"})


def test_only_what_is_opened_at_start_waits_for_a_restart(read: Read) -> None:
    running = read(GOOD_PBX)
    with_people = read(GOOD_PBX + "    trunks: [PJSIP/o-*]\nagents: [{extension: 101}]\n")
    moved = read(GOOD_PBX + "    port: 5040\nweb: {port: 8000}\n")
    other_rules = read(GOOD_PBX + "rules: {hidden: create}\n")
    assert waits_for_restart(running, with_people) == waits_for_restart(running, other_rules) == []
    assert waits_for_restart(running, moved) == ["pbx", "web"]
    routed = read(GOOD_PBX + "routing: {ring_seconds: 9}\n")
    kept = read(GOOD_PBX + "cache: {most: 1000}\n")
    assert (waits_for_restart(running, routed), waits_for_restart(running, kept)) == ([], ["cache"])
    assert waits_for_restart(running, read(GOOD_PBX + "log: {level: debug}\n")) == ["log"]


def test_only_rules_and_users_of_a_destination_are_taken_up_at_once(read: Read) -> None:
    builtin = GOOD_PBX + "destinations:\n  - crm: {kind: builtin, file: crm.db}\n"
    running = read(builtin)
    ruled = read(builtin + "    rules: {hidden: create}\n    users: {101: anna}\n")
    assert waits_for_restart(running, ruled) == []
    assert waits_for_restart(running, read(builtin + "    lookup: never\n")) == ["destinations"]


def test_another_order_of_destinations_waits_for_a_restart(read: Read) -> None:
    """Who is asked first about a caller is fixed at the start."""
    ours, theirs = (f"  - crm: {{kind: builtin, name: {n}, file: {n}.db}}\n" for n in "ab")
    running = read(GOOD_PBX + "destinations:\n" + ours + theirs)
    turned = read(GOOD_PBX + "destinations:\n" + theirs + ours)
    assert waits_for_restart(running, turned) == ["destinations"]
    assert waits_for_restart(running, running) == []


@pytest.mark.parametrize("name", ["none.yml", "."])
def test_a_file_that_cannot_be_read_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigUnreadable, match="name the file with -c"):
        load(tmp_path / name)
