"""Where a deal is placed among the pipelines of a CRM."""

from __future__ import annotations

import pytest

from bridge.crm.pipelines import Pipelines, Words
from bridge.crm.trouble import Trouble
from bridge.domain.entities import Dictionaries

OLD = Dictionaries(pipelines={"1": "Sales"}, stages={"1": {"new": "New", "won": "Won"}})
NEW = Dictionaries(
    pipelines={"1": "Sales", "2": "Repairs"},
    stages={**OLD.stages, "2": {"asked": "Asked", "done": "Done"}},
)


class Office(Pipelines):
    """A CRM whose second pipeline was added after the lists were read."""

    words = Words(has="the office has", none="the office has no pipeline")

    async def dictionaries(self, *, anew: bool = False) -> Dictionaries:
        return NEW if anew else OLD


@pytest.mark.parametrize(
    ("pipeline", "stage", "placed"),
    [
        ("", None, ("1", "new")),
        ("1", "won", ("1", "won")),
        ("2", "", ("2", "asked")),
        ("2", "done", ("2", "done")),
    ],
)
async def test_a_deal_stands_where_it_is_said_or_at_the_beginning(
    pipeline: str, stage: str | None, placed: tuple[str, str]
) -> None:
    assert await Office().placed(pipeline, stage) == placed


@pytest.mark.parametrize(
    ("pipeline", "stage", "words"),
    [
        ("3", None, "there is no pipeline '3'; the office has: 1, 2"),
        ("1", "done", "pipeline 1 has no stage 'done': new, won"),
    ],
)
async def test_a_place_that_is_not_there_is_refused_with_those_that_are(
    pipeline: str, stage: str | None, words: str
) -> None:
    with pytest.raises(Trouble) as refused:
        await Office().placed(pipeline, stage)
    assert refused.value.detail == words


async def test_the_pipeline_of_a_stage_that_is_new_is_found() -> None:
    assert await Office().pipeline_of("asked") == "2"
