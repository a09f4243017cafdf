"""A description is refused as the configuration is: by file, line and key, with what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.config.descriptions import described, parsed
from bridge.config.findings import ConfigRefused
from bridge.config.load import parse
from bridge.crm.declarative.checking import PARTS
from bridge.crm.declarative.description import Calls, Description, Entity
from bridge.crm.declarative.requests import Listing, Request, Write
from bridge.crm.registry import capabilities
from bridge.crm.suite.made import call
from bridge.domain.ports import Capability
from tests.config.conftest import GOOD_PBX
from tests.crm.declarative.described import SHIPPED

SMALL = """crm: Own
settings: {url: {about: address of the CRM}, key: {secret: true}}
base: "{{ settings.url }}/api"
auth: {kind: header, headers: {X-Key: "{{ settings.key }}"}}
contact:
  row: {id: $.id, name: $.name, phones: "$.phones[*]"}
  search:
    phone: {get: /people, query: {phone: "{{ asked }}"}, rows: "$[*]"}
"""


def findings(text: str) -> list[str]:
    with pytest.raises(ConfigRefused) as caught:
        parsed(text, "own.yml")
    return [str(finding) for finding in caught.value.findings]


@pytest.mark.proves("S0-05", "S2-16", "S2-26")
@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yml")), ids=lambda file: str(file.name))
def test_every_description_that_we_ship_is_good(file: Path) -> None:
    assert described(file).crm


@pytest.mark.parametrize(
    ("wrong", "right", "place", "says"),
    [
        ("base:", "bass:", "3:1: bass", "did you mean `base`?"),
        ("kind: header", "kind: heder", "4:1: auth", "write one of"),
        ("settings.key }}", "settings.kye }}", "4:", "known are: url, key"),
        ("{{ asked }}", "{{ askd }}", "8:", "phone.query.phone: `askd` is not known here"),
        ("{{ asked }}", "{{ asked", "8:", "no template"),
        ("name: $.name", 'name: "$.name["', "6:", "no JSONPath"),
        ("get: /people, query", "gte: /people, query", "8:", "did you mean `get`?"),
        ("    phone: {get", "    fax: {get", "8:5: contact.search.fax", "write: company, email"),
        ('rows: "$[*]"', 'rows: "all"', "8:", "begins with `$`"),
        ("id: $.id, ", "", "6:3: contact.row.id", "write for example `id: $.id`"),
        ("{{ asked }}", "{{ asked | digitz }}", "8:", "there are: "),
    ],
)
def test_a_mistake_is_told_with_its_place(wrong: str, right: str, place: str, says: str) -> None:
    found = findings(SMALL.replace(wrong, right))
    assert any(f"own.yml:{place}" in each and says in each for each in found), found


def test_what_can_never_be_written_is_told() -> None:
    create = '  create: {post: /people, body: "{{ fields }}", id: $.id}\n'
    [found] = findings(SMALL + create)
    assert "contact.create: nothing of a contact can be written: name the CRM's fields" in found


CALLS = """calls:
  log: {post: /calls, body: {n: "{{ record.call_id }}"}, id: $.id}
tasks: {create: {post: /tasks, body: {t: "{{ task.title }}"}, id: $.id}}
"""


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("record.call_id", "record.callid", "calls.log.body.n: `record` has no 'callid': it has: "),
        ("task.title", "task.text", "tasks.create.body.t: `task` has no 'text'"),
        ('call_id }}"}, id: $.id', 'call_id }}"}', "calls.log: the id of what is made is"),
        ('title }}"}, id: $.id', 'title }}"}', "tasks.create: the id of what is made is"),
    ],
)
def test_what_a_call_or_a_task_does_not_have_is_told_before_the_first_call(
    wrong: str, right: str, says: str
) -> None:
    assert wrong in CALLS
    assert any(says in each for each in findings(SMALL + CALLS.replace(wrong, right)))


def test_every_part_of_a_call_is_known_to_descriptions() -> None:
    assert PARTS["record"] == call().to_json().keys()


def test_a_file_that_is_no_yaml_is_told_that_alone() -> None:
    [found] = findings(SMALL.replace('rows: "$[*]"}', "rows: $[*]}"))
    assert "into quotes where it stands inside" in found


@pytest.mark.parametrize("source", ["{{ settings.key }}", "{{ settings }}", "{{ asked }}"])
def test_what_is_advised_knows_no_secret(source: str) -> None:
    rule = f"errors: [{{status: ['403'], verdict: refused, advice: '{source}'}}]\n"
    assert "known here: method, path" in findings(SMALL + rule)[0]


def test_a_template_may_not_do_what_templates_may_not() -> None:
    [found] = findings(SMALL.replace("{{ asked }}", "{{ asked.__class__.__mro__() }}"))
    assert "`call` is not for templates here" in found


def test_the_description_on_the_page_is_good_as_it_stands() -> None:
    told = (SHIPPED.parents[1] / "docs" / "connectors.md").read_text("utf-8")
    [least] = re.findall(r"(?ms)^```yaml\n(crm:.*?)^```", told)
    assert parsed(least, "least.yml").crm == "Own"


def test_every_key_of_a_description_is_told_of() -> None:
    told = (SHIPPED.parents[1] / "docs" / "connectors.md").read_text("utf-8")
    models = (Description, Request, Listing, Write, Entity, Calls)
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert {key for key in keys if f"`{key}" not in told} == set()


def test_the_example_in_the_configuration_is_good_as_it_stands() -> None:
    example = (SHIPPED.parent / "asterisk-bridge.yml").read_text("utf-8")
    _, _, rest = example.partition("# A CRM by a description")
    lines = re.findall(r"(?m)^# # (.*)$", rest.partition("\n\n")[0])
    text = GOOD_PBX + "destinations:\n" + "\n".join(f"  {line}" for line in lines)
    environ = {"AMI_SECRET": "4f1c0d9e77ab", "CRM_TOKEN": "t0k3n"}
    [to] = parse(text, "bridge.yml", environ, SHIPPED.parent).destinations
    assert (to.name, to.crm.model_dump()["described"]["crm"]) == ("own", "plain protocol")


def with_own(folder: Path, settings: str, description: str = SMALL) -> str:
    (folder / "own.yml").write_text(description, "utf-8")
    return f"{GOOD_PBX}destinations:\n  - crm: {{kind: declarative, file: own.yml, {settings}}}\n"


def test_the_configuration_takes_the_description_with_its_settings(tmp_path: Path) -> None:
    text = with_own(tmp_path, "settings: {url: 'https://crm.example.org', key: '${K}'}")
    config = parse(text, "bridge.yml", {"AMI_SECRET": "4f1c0d9e77ab", "K": "s3cr3t"}, tmp_path)
    [to] = config.destinations
    able = capabilities(to.crm.model_dump())
    assert able == frozenset({Capability.LOOKUP})


@pytest.mark.parametrize(
    ("settings", "description", "says"),
    [
        ("settings: {url: u}", SMALL, "write `key` under `settings`"),
        ("settings: {url: u, key: k, kei: x}", SMALL, "has no setting 'kei'; it has: key, url"),
        ("settings: {url: u, key: k}", SMALL.replace("base", "bass"), "own.yml:3:1: bass"),
    ],
)
def test_what_is_wrong_is_found_in_whichever_file_it_is(
    settings: str, description: str, says: str, tmp_path: Path
) -> None:
    text = with_own(tmp_path, settings, description)
    with pytest.raises(ConfigRefused) as caught:
        parse(text, "bridge.yml", {"AMI_SECRET": "4f1c0d9e77ab"}, tmp_path)
    assert says in str(caught.value)


def test_a_description_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    text = f"{GOOD_PBX}destinations:\n  - crm: {{kind: declarative, file: none.yml}}\n"
    with pytest.raises(ConfigRefused, match=rf"crm\.file: cannot read {tmp_path}/none\.yml"):
        parse(text, "bridge.yml", {"AMI_SECRET": "4f1c0d9e77ab"}, tmp_path)
