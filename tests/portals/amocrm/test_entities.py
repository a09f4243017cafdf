"""Contacts, companies and leads: searched, listed in pages, written field by field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.amocrm import Portal
from tests.portals.amocrm.raw import Raw

CLIENT = "8 (916) 123-45-67"


def phone(*values: str) -> list[dict[str, Any]]:
    given = [{"value": value, "enum_code": "WORK"} for value in values]
    return [{"field_code": "PHONE", "values": given}]


async def test_nothing_found_is_204_without_a_body(ask: Raw) -> None:
    answer = await ask("GET", "contacts?query=9161234567")
    assert (answer.status, answer.body) == (204, None)


@pytest.mark.parametrize("query", ["9161234567", "1234567", "Ivan", "ivan@acme"])
async def test_a_search_finds_a_part_of_any_text(portal: Portal, ask: Raw, query: str) -> None:
    email = {"field_code": "EMAIL", "values": [{"value": "ivan@acme.example"}]}
    id = portal.add("contacts", name="Ivan", custom_fields_values=[*phone(CLIENT), email])
    assert [
        row["id"] for row in (await ask("GET", f"contacts?query={query}")).rows("contacts")
    ] == [id]


async def test_a_country_code_that_was_not_written_is_not_found(portal: Portal, ask: Raw) -> None:
    portal.add("contacts", CLIENT)
    assert (await ask("GET", "contacts?query=79161234567")).status == 204


async def test_pages_lead_to_the_next_until_there_is_none(portal: Portal, ask: Raw) -> None:
    for _ in range(3):
        portal.add("leads", name="x")
    first = await ask("GET", "leads?limit=2")
    second = await ask("GET", "leads?limit=2&page=2")
    assert (len(first.rows("leads")), "next" in first.body["_links"]) == (2, True)
    assert (len(second.rows("leads")), "next" in second.body["_links"]) == (1, False)
    assert (await ask("GET", "leads?limit=2&page=3")).status == 204


@pytest.mark.parametrize(
    "query", ["limit=251", "limit=x", "page=0", "with=deals", "fliter=1", "filter[phone]=1"]
)
async def test_a_parameter_that_is_not_documented_is_refused(ask: Raw, query: str) -> None:
    assert (await ask("GET", f"contacts?{query}")).status == 400


async def test_lists_are_filtered_where_the_account_allows_it(portal: Portal, ask: Raw) -> None:
    ids = [portal.add("leads", name=name) for name in "ab"]
    asked = f"leads?filter[id][]={ids[0]}"
    assert len((await ask("GET", asked)).rows("leads")) == 1
    portal.state.filters = False
    assert len((await ask("GET", asked)).rows("leads")) == 2


async def test_what_was_changed_since_a_moment_is_listed(portal: Portal, ask: Raw) -> None:
    old = portal.add("contacts", CLIENT)
    portal.clock.move(60)
    new = portal.add("contacts", CLIENT)
    since = f"contacts?filter[updated_at][from]={int(portal.clock())}"
    assert [row["id"] for row in (await ask("GET", since)).rows("contacts")] == [new]
    await ask("PATCH", f"contacts/{old}", {"name": "Ivan"})
    assert len((await ask("GET", since)).rows("contacts")) == 2


async def test_rows_of_a_write_are_answered_by_their_request_id(ask: Raw) -> None:
    given = [{"name": "a", "request_id": "mine"}, {"name": "b"}]
    made = (await ask("POST", "leads", given)).rows("leads")
    assert [row["request_id"] for row in made] == ["mine", "1"]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"titel": "x"}, ("NotSupportedField", "titel")),
        ({"name": 1}, ("InvalidType", "name")),
        ({"price": None}, ("NotNullable", "price")),
        ({"status_id": 1}, ("NotSupportedChoice", "status_id")),
        ({"pipeline_id": 1}, ("NotSupportedChoice", "pipeline_id")),
        ({"responsible_user_id": 1}, ("NotSupportedChoice", "responsible_user_id")),
        (
            {"_embedded": {"contacts": [{"id": 1}]}},
            ("NotSupportedChoice", "_embedded.contacts.0.id"),
        ),
        (
            {"custom_fields_values": phone("1")},
            ("NotSupportedChoice", "custom_fields_values.0.field_id"),
        ),
    ],
)
async def test_a_wrong_row_is_told_by_its_field_and_nothing_is_made(
    portal: Portal, ask: Raw, row: dict[str, Any], wrong: tuple[str, str]
) -> None:
    answer = await ask("POST", "leads", [{"name": "good"}, row])
    assert (answer.wrong, portal.leads) == ([wrong], {})


async def test_a_field_that_is_written_loses_its_earlier_values(portal: Portal, ask: Raw) -> None:
    id = portal.add("contacts", custom_fields_values=phone("1", "2"))
    await ask("PATCH", f"contacts/{id}", {"custom_fields_values": phone("3")})
    (field,) = portal.contacts[id]["custom_fields_values"]
    assert [value["value"] for value in field["values"]] == ["3"]


async def test_tags_are_set_added_and_taken_away(portal: Portal, ask: Raw) -> None:
    id = portal.add("leads", _embedded={"tags": [{"name": "a"}, {"name": "b"}]})
    change = {"tags_to_add": [{"name": "c"}], "tags_to_delete": [{"name": "a"}]}
    await ask("PATCH", f"leads/{id}", change)
    shown = await ask("GET", f"leads/{id}")
    assert [tag["name"] for tag in shown.rows("tags")] == ["b", "c"]


async def test_linked_entities_come_where_they_are_asked_for(portal: Portal, ask: Raw) -> None:
    contact, company = portal.add("contacts", CLIENT), portal.add("companies", name="x")
    lead = portal.add("leads", _embedded={"contacts": [{"id": contact}]})
    to = {"to_entity_id": company, "to_entity_type": "companies"}
    assert (await ask("POST", f"contacts/{contact}/link", [to])).status == 200
    shown = (await ask("GET", f"contacts/{contact}?with=leads")).body["_embedded"]
    assert ([row["id"] for row in shown["leads"]], [row["id"] for row in shown["companies"]]) == (
        [lead],
        [company],
    )
    assert len((await ask("GET", f"contacts/{contact}/links")).rows("links")) == 2


@pytest.mark.parametrize("status", [142, 143])
async def test_a_lead_in_a_last_status_is_closed(portal: Portal, ask: Raw, status: int) -> None:
    id = portal.add("leads", name="x")
    await ask("PATCH", f"leads/{id}", {"status_id": status})
    row = (await ask("GET", f"leads/{id}")).body
    assert (row["status_id"], row["closed_at"]) == (status, int(portal.clock()))


async def test_what_was_deleted_is_not_there(portal: Portal, ask: Raw) -> None:
    id = portal.add("contacts", CLIENT)
    portal.delete("contacts", id)
    assert [(await ask("GET", path)).status for path in ("contacts", f"contacts/{id}")] == [
        204,
        404,
    ]
