"""Whatever shape an answer of the account has, it is told in words and never breaks a method."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.crm.amocrm import AmoCrm
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable, Search
from tests.crm.amocrm.harness import NOON, PATIENT, furnish
from tests.crm.amocrm.harness import settings as settings_of
from tests.crm.contract import made
from tests.crm.odd import Bend, bends
from tests.crm.port import METHODS, Known, furnished, strange_ids
from tests.portals.amocrm import Clock, Portal

SAID: Final = (CrmUnavailable, CrmNeedsLogin, CrmRefused)


async def known(portal: Portal, crm: AmoCrm) -> Known:
    return await furnished(
        crm,
        pipeline=str(portal.pipeline),
        stage=str(portal.statuses(portal.pipeline)[0]),
        user=str(portal.user),
        since=str(int(NOON)),
        deal_of=("contact", "company"),
    )


async def told(name: str, bend: Bend, way: str, folder: Path) -> Any:
    """What this method gives where one answer is odd. Another process asks: nothing is known."""
    async with Portal(Clock(NOON), allowance=PATIENT) as portal:
        others = {**furnish(portal), "lead": {"way": way}, "timeout": 3.0}
        first, second = (AmoCrm(settings_of(portal, folder, **others)) for _ in range(2))
        there = await known(portal, first)
        portal.bend = bend
        try:
            return await METHODS[name](second, there)
        except SAID as error:
            return str(error)
        finally:
            await first.close()
            await second.close()


@given(
    name=st.sampled_from(sorted(METHODS)), bend=bends(), way=st.sampled_from(["lead", "unsorted"])
)
@settings(max_examples=150)
def test_an_odd_answer_is_told_in_words_by_every_method(name: str, bend: Bend, way: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(told(name, bend, way, Path(folder)))
    assert isinstance(result, str) or strange_ids(result) == []


ODD_LISTS: Final[list[Any]] = [
    {"_embedded": {"contacts": [{"id": None, "_embedded": {}}]}},
    {"_embedded": {"contacts": "x"}},
    {"_embedded": {"contacts": None}},
    {"_embedded": None},
    {"_links": {}},
    ["x"],
]


@pytest.mark.parametrize("body", ODD_LISTS)
async def test_an_odd_list_of_clients_is_no_answer_that_nobody_has_the_number(
    crm: AmoCrm, portal: Portal, body: Any
) -> None:
    portal.add("contacts", made.CLIENT)
    portal.bend = lambda _: body
    with pytest.raises(CrmUnavailable, match="the answer is none that we know"):
        await crm.find_contacts(Search(phone=made.CLIENT))


@pytest.mark.parametrize("body", [[], {}, [{}], [{"id": None}], [{"id": "x"}], "x", 7])
async def test_a_lead_whose_id_is_not_told_may_be_there(
    crm: AmoCrm, portal: Portal, body: Any
) -> None:
    portal.bend = lambda answer: body if isinstance(answer, list) else answer
    outcome = await crm.create_lead(made.lead(), made.key("create_lead"))
    assert (outcome.verdict, outcome.result, len(portal.leads)) == (Verdict.UNCLEAR, None, 1)


async def test_an_answer_without_an_end_is_not_read(crm: AmoCrm, portal: Portal) -> None:
    portal.bend = lambda _: "x" * 17 * 2**20
    with pytest.raises(CrmUnavailable, match="larger than 16 MiB"):
        await crm.users()


async def test_the_words_name_the_place_and_nobody_s_number(crm: AmoCrm, portal: Portal) -> None:
    portal.add("contacts", made.CLIENT)
    portal.bend = lambda _: {"_embedded": {"contacts": [{"id": made.CLIENT, "_embedded": {}}]}}
    with pytest.raises(CrmUnavailable) as said:
        await crm.lookup(made.CLIENT)
    assert "_embedded.contacts.0.id: a text is no id" in str(said.value)
    assert made.CLIENT[-6:] not in str(said.value)


async def test_rows_that_were_not_asked_for_are_nobody_s(crm: AmoCrm, portal: Portal) -> None:
    """As from an account that ignores a filter."""
    contact = portal.add("contacts", made.CLIENT)
    mine = portal.add("leads", name="x", _embedded={"contacts": [{"id": contact}]})
    foreign = portal.add("leads", name="another's")

    def unfiltered(body: Any) -> Any:
        leads = body.get("_embedded", {}).get("leads")
        if leads:
            leads.append({**leads[0], "id": foreign})
        return body

    portal.bend = unfiltered
    (match,) = await crm.lookup(made.CLIENT)
    assert [deal.id for deal in match.open_deals] == [str(mine)]
    assert match.entity.kind is EntityKind.CONTACT
