"""No document names a key of the configuration that is not there; a CRM's page has all of its."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest

from tests.project.keys import SCHEMA, Key, exists, listed, named, written
from tests.project.requirements import ROOT

DOCUMENTS: Final = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
CRMS: Final = {
    "amocrm": "AmoCrmSettings",
    "bitrix24": "Bitrix24Settings",
    "odoo": "OdooSettings",
}
RECORD: Final = json.loads(
    files("bridge.domain").joinpath("call_record.schema.json").read_text("utf-8")
)
# Names of lines of the log are dotted, too.
LOGGED: Final = {
    tuple(name.split("."))
    for module in (ROOT / "bridge").rglob("*.py")
    for name in re.findall(r'"([a-z]+\.[a-z_]+)"', module.read_text("utf-8"))
}


def _of_a_record(key: Key) -> bool:
    return exists(key, RECORD, RECORD["$defs"])  # `recordings[].from`, say


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_key_that_a_document_names_is_one_of_the_configuration(document: Path) -> None:
    text = document.read_text("utf-8")
    told = {key for key in named(text) if key not in LOGGED and not _of_a_record(key)}
    assert {key for key in told | set(written(text)) if not exists(key)} == set()


@pytest.mark.parametrize("kind", CRMS)
def test_the_page_of_a_crm_tells_its_settings_and_no_others(kind: str) -> None:
    model = SCHEMA["$defs"][CRMS[kind]]
    told = set(listed((ROOT / "docs" / f"{kind}.md").read_text("utf-8")))
    unknown = {key for key in told if not exists(key, model)}
    untold = model["properties"].keys() - {first for first, *_ in told}
    assert (unknown, untold) == (set(), set())


def test_a_key_that_is_not_there_is_seen() -> None:
    text = "see `web.tokns`, `pbx[].ami`\n```yaml\nrecordings: {keep: {ours: 1}}\n```\n"
    assert [key for key in (*named(text), *written(text)) if not exists(key)] == [
        ("web", "tokns"),
        ("pbx", "ami"),
        ("recordings", "keep", "ours"),
    ]
