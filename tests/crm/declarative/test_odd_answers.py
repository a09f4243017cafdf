"""Answers of another shape than described: told in words, and never an id of nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from bridge.domain.commands import Verdict
from bridge.domain.ports import CrmUnavailable, Search
from tests.crm.declarative.own import own, said

NO_IDS: Final[list[Any]] = [[], {}, [[]], ["x"], {"id": None}, True, False, None, ""]
FOUND: Final = """
find: {get: /made, id: $.id}
"""


@pytest.mark.parametrize("id", NO_IDS, ids=repr)
async def test_what_was_made_under_no_id_may_be_there(id: Any, tmp_path: Path) -> None:
    async with own(lambda _: said({"id": id}), tmp_path) as crm:
        outcome = await crm.create_contact({"name": "x"}, "k")
    assert (outcome.verdict, outcome.result) == (Verdict.UNCLEAR, None)


@pytest.mark.parametrize("id", [["x"], {"id": None}, True], ids=repr)
async def test_an_id_that_is_none_is_no_answer(id: Any, tmp_path: Path) -> None:
    async with own(lambda _: said({"id": id, "rows": [{"id": id}]}), tmp_path, FOUND) as crm:
        with pytest.raises(CrmUnavailable, match="is no id"):
            await crm.find_contacts(Search(name="Иван"))
        with pytest.raises(CrmUnavailable, match="is no id"):
            await crm.find("own/pbx-1.1/create_lead/lead")


ASKED: Final = """
lead:
  row: {id: $.id, phones: $.phone}
  search: {phone: {get: /leads, query: {phone: "{{ asked }}"}, rows: "$.rows[*]"}}
"""
NOBODY: Final = """
errors: [{path: $.message, is: [nobody], verdict: accepted}]
"""


@pytest.mark.parametrize(
    ("answer", "more", "nobody"),
    [
        ({"message": "maintenance"}, "", False),
        ({"message": "nobody"}, NOBODY, True),
        ({"message": "good", "rows": []}, "", True),
        ({"message": "good", "rows": None}, "", True),
        ({}, "", True),
    ],
    ids=["a mistake", "as described", "an empty list", "null", "nothing at all"],
)
async def test_words_in_place_of_a_list_do_not_say_that_nobody_has_the_number(
    answer: Any, more: str, nobody: bool, tmp_path: Path
) -> None:
    async with own(lambda _: said(answer), tmp_path, ASKED + more) as crm:
        if nobody:
            assert await crm.lookup("+79161234567") == []
        else:
            with pytest.raises(CrmUnavailable, match=r"no list at .* maintenance"):
                await crm.lookup("+79161234567")


async def test_a_write_whose_answer_is_too_large_to_read_may_be_done(tmp_path: Path) -> None:
    async with own(lambda _: said({"id": 5, "x": "x" * 5 * 2**20}), tmp_path) as crm:
        outcome = await crm.create_contact({"name": "x"}, "k")
    assert (outcome.verdict, "larger than 4 MiB" in outcome.detail) == (Verdict.UNCLEAR, True)
