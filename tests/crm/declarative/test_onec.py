"""The description of 1C that we ship, where the infobase itself is not exact."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bridge.crm.suite.made import call, ref
from bridge.domain.commands import CreateTask
from tests.crm.declarative.onec import OneCHarness
from tests.portals.onec.base import guid


@pytest.mark.parametrize(
    ("stored", "known"), [("+1 916 123-4567", False), ("8 (916) 123-45-67", True)]
)
async def test_a_client_of_another_country_with_the_same_ten_digits_is_not_ours(
    stored: str, known: bool, tmp_path: Path
) -> None:
    onec = OneCHarness(tmp_path)
    partner = {"type": "Партнеры", "id": "p1", "name": "Ромашка", "phones": [stored], "deals": []}
    onec.base.partners.append(partner)
    async with onec.running():
        assert bool(await onec.crm.lookup("+79161234567")) is known


PARTNER: Final = {
    "type": "Партнеры",
    "id": "p1",
    "name": "Ромашка",
    "phones": ["+7 495 100-00-01"],
    "people": [{"id": "k1", "name": "Иван", "phones": ["8 (916) 123-45-67"]}],
    "deals": [{"id": "d1", "name": "Заказ 15", "responsible_id": guid("boris")}],
    "responsible_id": guid("anna"),
}


@pytest.mark.parametrize(
    ("number", "known"),
    [
        ("+79161234567", [("contact", "k1", "p1"), ("company", "p1", None)]),
        ("+74951000001", [("company", "p1", None)]),
        ("+79031112233", []),
    ],
    ids=["a person there", "the office", "a stranger"],
)
async def test_a_person_is_known_with_the_company_the_owner_and_the_deals(
    number: str, known: list[tuple[str, str, str | None]], tmp_path: Path
) -> None:
    onec = OneCHarness(tmp_path)
    onec.base.partners.append(dict(PARTNER))
    async with onec.running():
        found = await onec.crm.lookup(number)
    assert [(each.entity.kind, each.entity.id, each.company) for each in found] == known
    told = {(each.owner, *(deal.id for deal in each.open_deals)) for each in found}
    assert told == ({(guid("anna"), "d1")} if known else set())


FIELDS: Final = {"kind": "low_rating", "deadline": "2026-11-30T09:00:00Z"}


@pytest.mark.parametrize(("kind", "place"), [("deal", "deal_id"), ("company", "client_id")])
async def test_a_task_stands_on_the_deal_or_the_client(
    kind: str, place: str, tmp_path: Path
) -> None:
    onec = OneCHarness(tmp_path)
    onec.base.partners.append(dict(PARTNER))
    task = CreateTask(title="Перезвонить", owner=onec.anna, fields=FIELDS)
    entity = ref(kind, "d1" if kind == "deal" else "p1")
    async with onec.running():
        outcome = await onec.crm.create_task(task, entity, "key")
    [made] = onec.base.tasks.values()
    assert (outcome.result, made[place], made["kind"]) == (made["id"], entity.id, "low_rating")
    assert made["due"] == "2026-11-30T12:00:00+03:00"


async def test_the_times_of_a_call_are_those_of_the_infobase_with_their_zone(
    tmp_path: Path,
) -> None:
    onec = OneCHarness(tmp_path)
    async with onec.running():
        await onec.crm.log_call(call(), onec.anna, (), "key")
    [made] = onec.base.calls.values()
    assert (made["started"], made["ended"]) == (
        "2026-03-02T12:00:00+03:00",
        "2026-03-02T12:01:00+03:00",
    )
