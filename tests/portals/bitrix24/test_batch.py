"""batch: references, empty maps, halt, fifty at most, none within another."""

from __future__ import annotations

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

PHONE = "%2B79161234567"


async def test_a_later_method_names_the_result_of_an_earlier_one(
    portal: Portal, ask: Asking, anna: User
) -> None:
    contact = portal.add("contact", "+79161234567", ASSIGNED_BY_ID=anna.id)
    batch = await ask.batch(
        {
            "ent": f"telephony.externalCall.searchCrmEntities?PHONE_NUMBER={PHONE}",
            "usr": "user.get?FILTER[ID]=$result[ent][0][ASSIGNED_BY_ID]",
        }
    )
    assert batch["result"]["ent"][0]["CRM_ENTITY_ID"] == contact
    assert batch["result"]["usr"][0]["UF_PHONE_INNER"] == "101"
    assert (batch["result_total"], batch["result_time"].keys()) == ({"usr": 1}, {"ent", "usr"})
    assert (batch["result_error"], batch["result_next"]) == ([], [])


async def test_register_and_finish_go_in_one_batch(portal: Portal, ask: Asking, anna: User) -> None:
    reg = f"telephony.externalCall.register?USER_ID={anna.id}&PHONE_NUMBER={PHONE}&TYPE=2"
    fin = f"telephony.externalCall.finish?CALL_ID=$result[reg][CALL_ID]&USER_ID={anna.id}"
    batch = await ask.batch({"reg": reg, "fin": f"{fin}&DURATION=7"})
    assert batch["result"]["fin"]["CALL_DURATION"] == 7
    assert len(portal.state.finished()) == 1


async def test_all_maps_are_lists_when_empty(ask: Asking) -> None:
    answer = await ask("batch", cmd={})
    names = ("result", "result_error", "result_total", "result_next", "result_time")
    assert answer.result == {name: [] for name in names}


async def test_what_failed_is_told_apart_and_the_rest_goes_on(ask: Asking) -> None:
    answer = await ask("batch", cmd={"a": "crm.lead.get?ID=9", "b": "scope", "c": "nonsense"})
    assert answer.status == 200
    assert answer.result["result_error"]["a"] == {"error": "", "error_description": "Not found"}
    assert answer.result["result_error"]["c"]["error"] == "ERROR_METHOD_NOT_FOUND"
    assert set(answer.result["result"]) == {"b"}


async def test_halt_ends_at_the_first_failure(ask: Asking) -> None:
    batch = await ask.batch({"a": "scope", "b": "nonsense", "c": "scope"}, halt=1)
    assert (set(batch["result"]), set(batch["result_error"])) == ({"a"}, {"b"})


async def test_more_than_fifty_are_refused_as_a_whole(ask: Asking) -> None:
    cmd = {str(number): "scope" for number in range(51)}
    assert (await ask("batch", cmd=cmd)).error[:2] == (400, "ERROR_BATCH_LENGTH_EXCEEDED")


async def test_a_batch_in_a_batch_is_refused(ask: Asking) -> None:
    batch = await ask.batch({"a": "batch?cmd[x]=scope"})
    assert batch["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


async def test_a_reference_to_nothing_is_empty(ask: Asking) -> None:
    find = "telephony.externalCall.searchCrmEntities?PHONE_NUMBER=$result[none][0][PHONE]"
    batch = await ask.batch({"a": find})
    assert batch["result_error"]["a"]["error_description"] == "PHONE_NUMBER is empty"


async def test_commands_may_be_a_list_and_come_in_a_form(portal: Portal, ask: Asking) -> None:
    form = {"auth": ask.tokens.access_token, "cmd[0]": "scope", "cmd[1]": "profile"}
    answer = await ask.post(f"{portal.url}/rest/batch.json", data=form)
    assert set(answer.result["result"]) == {"0", "1"}
    assert set((await ask.batch(["scope", "profile"]))["result"]) == {"0", "1"}


async def test_a_list_goes_on_in_the_next_part(portal: Portal, ask: Asking) -> None:
    for number in range(60):
        portal.add("contact", NAME=f"N{number}")
    batch = await ask.batch({"a": "crm.contact.list?select[]=ID"})
    assert (batch["result_next"], batch["result_total"]) == ({"a": 50}, {"a": 60})
