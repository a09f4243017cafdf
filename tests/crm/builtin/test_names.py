"""What ids stand for, as people read it on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from tests.crm.contract import made

STAGES = [{"id": "won", "name": "Won"}]
SETTINGS: dict[str, Any] = {
    "users": [{"id": "7", "name": "Bob Sales", "extensions": ["102"]}],
    "pipelines": [
        {"id": "sales", "name": "Sales", "stages": [{"id": "new", "name": "New"}, *STAGES]},
        {"id": "service", "name": "Service", "stages": [{"id": "new", "name": "Broken"}, *STAGES]},
    ],
}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ({"owner": "7", "user": "7"}, {"owner": "Bob Sales", "user": "Bob Sales"}),
        ({"author": "7", "text": "7"}, {"author": "Bob Sales"}),
        ({"owner": "8", "company": None}, {}),
        ({"pipeline": "service", "stage": "new"}, {"pipeline": "Service", "stage": "Broken"}),
        ({"pipeline": "service", "stage": "gone"}, {"pipeline": "Service"}),
        ({"contact": "1", "company": "1"}, {"contact": "Анна", "company": "ООО Гусь"}),
        ({"contact": "2"}, {}),
        ({"field": "owner", "old": None, "new": "7"}, {"new": "Bob Sales"}),
        ({"field": "contact", "old": "1", "new": "2"}, {"old": "Анна"}),
        ({"field": "stage", "old": "new", "new": "won"}, {"new": "Won"}),
        ({"field": "name", "old": "7", "new": "1"}, {}),
    ],
)
async def test_what_ids_stand_for(
    tmp_path: Path, line: dict[str, Any], names: dict[str, str]
) -> None:
    crm = BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.db", **SETTINGS))
    try:
        made.made(await crm.create_contact({"name": "Анна"}, made.key()))
        made.made(await crm.create_company({"name": "ООО Гусь"}, made.key()))
        assert await crm.names([line]) == [names]
    finally:
        await crm.close()


async def test_more_rows_than_one_question_takes(tmp_path: Path) -> None:
    crm = BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.db", **SETTINGS))
    try:
        contact = made.made(await crm.create_contact({"name": "Анна"}, made.key()))
        lines = [{"contact": str(id)} for id in range(int(contact), 40_000)]
        assert (await crm.names(lines))[0] == {"contact": "Анна"}
    finally:
        await crm.close()
