"""How a method is asked for, its envelopes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import MultipartWriter

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking
from tests.portals.bitrix24.params import nested


async def test_a_success_tells_its_times(portal: Portal, ask: Asking) -> None:
    time = (await ask("scope")).body["time"]
    assert (time["date_start"], time["start"]) == ("2026-09-21T12:00:00+03:00", portal.clock())
    assert {"finish", "duration", "processing", "date_finish", "operating"} <= time.keys()
    assert time["operating_reset_at"] > portal.clock()


async def test_json_form_and_query_ask_for_the_same(
    portal: Portal, ask: Asking, anna: User
) -> None:
    url, auth = f"{portal.url}/rest/user.get", ask.tokens.access_token
    by_json = await ask("user.get", FILTER={"ID": anna.id})
    by_form = await ask.post(url, data={"auth": auth, "FILTER[ID]": str(anna.id)})
    by_query = await ask.get(url, **{"auth": auth, "FILTER[ID]": str(anna.id)})
    assert by_json.result == by_form.result == by_query.result
    assert by_json.result[0]["ID"] == str(anna.id)


@pytest.mark.parametrize("method", ["user.get", "user.get.json", "USER.GET", "User.Get"])
async def test_a_method_may_be_written_in_any_case_and_with_a_suffix(
    ask: Asking, method: str
) -> None:
    assert (await ask(method)).status == 200


@pytest.mark.parametrize(
    ("pairs", "tree"),
    [
        ([("a", "1")], {"a": "1"}),
        ([("a[b][c]", "1"), ("a[b][d]", "2")], {"a": {"b": {"c": "1", "d": "2"}}}),
        ([("a[]", "1"), ("a[]", "2")], {"a": {"0": "1", "1": "2"}}),
        ([("a[0][V]", "1"), ("a[>=ID]", "2")], {"a": {"0": {"V": "1"}, ">=ID": "2"}}),
    ],
)
def test_keys_nest_as_in_php(pairs: list[tuple[str, str]], tree: dict[str, Any]) -> None:
    assert nested(pairs) == tree


async def test_an_unknown_method_does_not_exist(ask: Asking) -> None:
    assert (await ask("crm.lead.find")).error[:2] == (404, "ERROR_METHOD_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("user.get", {"FLITER": {}}),
        ("telephony.externalCall.searchCrmEntities", {"PHONE": "+7"}),
        ("crm.lead.list", {"filter": [1]}),
        ("telephony.externalCall.register", {"TYPE": "incoming"}),
        (
            "crm.timeline.comment.add",
            {"fields": {"ENTITY_ID": "x", "ENTITY_TYPE": "deal", "COMMENT": "x"}},
        ),
        ("crm.item.list", {"entitytypeid": 2}),  # exact, unlike the older methods
        ("crm.timeline.comment.add", {"FIELDS": {}}),  # likewise
    ],
)
async def test_a_parameter_unknown_or_of_the_wrong_kind_is_refused(
    ask: Asking, method: str, given: dict[str, Any]
) -> None:
    assert (await ask(method, **given)).error[:2] == (400, "INVALID_ARG_VALUE")


async def test_older_methods_fold_the_names_of_parameters(ask: Asking, portal: Portal) -> None:
    lead = portal.add("lead", TITLE="x")
    assert (await ask("crm.lead.get", id=lead)).result["ID"] == str(lead)


async def test_a_multipart_form_is_read_too(portal: Portal, ask: Asking, anna: User) -> None:
    form = MultipartWriter("form-data")
    for name, value in (("auth", ask.tokens.access_token), ("FILTER[ID]", str(anna.id))):
        form.append(value).set_content_disposition("form-data", name=name)
    answer = await ask.post(f"{portal.url}/rest/user.get", data=form)
    assert [row["ID"] for row in answer.result] == [str(anna.id)]


async def test_a_body_that_is_no_json_is_refused(portal: Portal, ask: Asking) -> None:
    json = {"Content-Type": "application/json"}
    answer = await ask.post(f"{portal.url}/rest/scope", data=b'{"auth":', headers=json)
    assert answer.error[:2] == (400, "INVALID_REQUEST")


async def test_a_get_does_not_read_a_json_body(portal: Portal, ask: Asking) -> None:
    body = {"auth": ask.tokens.access_token}
    async with ask.session.get(f"{portal.url}/rest/scope", json=body) as answer:
        assert (await answer.json())["error"] == "NO_AUTH_FOUND"


@pytest.mark.parametrize(
    ("start", "rows", "total", "next"),
    [(None, 50, 120, 50), (50, 50, 120, 100), (100, 20, 120, None), (-1, 50, None, None)],
)
async def test_a_list_comes_in_pages_of_fifty(
    portal: Portal, ask: Asking, start: int | None, rows: int, total: int | None, next: int | None
) -> None:
    for number in range(120):
        portal.add("contact", NAME=f"N{number}")
    given = {} if start is None else {"start": start}
    answer = await ask("crm.contact.list", **given)
    assert len(answer.result) == rows
    assert (answer.body.get("total"), answer.body.get("next")) == (total, next)


async def test_a_full_last_page_names_no_next(portal: Portal, ask: Asking) -> None:
    for number in range(50):
        portal.add("contact", NAME=f"N{number}")
    answer = await ask("crm.contact.list")
    assert (len(answer.result), "next" in answer.body) == (50, False)


async def test_without_counting_one_goes_on_from_the_last_id(portal: Portal, ask: Asking) -> None:
    ids = [portal.add("contact", NAME=f"N{number}") for number in range(60)]
    given = {"start": -1, "order": {"ID": "ASC"}, "filter": {">ID": ids[49]}}
    rest = await ask("crm.contact.list", **given)
    assert [int(row["ID"]) for row in rest.result] == ids[50:]
