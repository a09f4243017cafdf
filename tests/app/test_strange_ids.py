"""Ids that the configuration names and the CRM does not have."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.app.strange_ids import strange_places, strange_users
from bridge.domain.entities import Dictionaries
from bridge.rules.policy import Policy

LISTS = Dictionaries(
    pipelines={"0": "Sales", "1": "Service"},
    stages={"0": {"NEW": ""}, "1": {"C1:NEW": ""}},
    lists={"lead_stages": {"IN_PROCESS": ""}},
)


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ({"pipeline": "1", "stage": "C1:NEW"}, []),
        ({"pipeline": "1", "stage": "IN_PROCESS"}, []),
        ({"stage": "NEW"}, []),
        ({}, []),
        ({"pipeline": "7"}, ["pipeline 7 of topic grants"]),
        ({"pipeline": "1", "stage": "NEW"}, ["stage NEW of topic grants"]),
        ({"stage": "NOPE"}, ["stage NOPE of topic grants"]),
    ],
)
def test_a_pipeline_or_stage_that_is_not_there_is_named(
    place: dict[str, Any], named: list[str]
) -> None:
    policy = Policy.model_validate({"topics": {"grants": place}})
    assert list(strange_places(policy, LISTS)) == named


def test_of_a_crm_without_pipelines_nothing_is_told() -> None:
    policy = Policy.model_validate({"topics": {"grants": {"pipeline": "7"}}})
    assert strange_places(policy, Dictionaries()) == {}


def test_an_owner_of_a_company_number_who_is_not_there_is_named() -> None:
    dids = {"+74952000001": {"owner": "2"}, "+74952000002": {"owner": "7"}}
    found = strange_users({}, Policy.model_validate({"dids": dids}), {"1", "2"})
    assert list(found) == ["owner 7 of number *0002"]


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        ({"1", "2"}, []),
        ({"1"}, ["user 2 of extension 102"]),
        ({"2"}, ["user 1 of extension 101", "fallback_user 1"]),
        (set[str](), []),
    ],
)
def test_a_user_who_is_not_there_is_named(ids: set[str], named: list[str]) -> None:
    said = {"101": "1", "102": "2"}
    assert list(strange_users(said, Policy(fallback_user="1"), ids)) == named
