"""The description of EspoCRM that we ship, where EspoCRM is old or the role is too small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bridge.crm.suite.made import call, lead, recording
from bridge.domain.commands import CreateTask, Verdict
from bridge.domain.ports import CrmRefused, Search
from tests.crm.declarative.espocrm import EspoHarness
from tests.portals.espocrm.fields import loose
from tests.portals.espocrm.records import Rules
from tests.portals.espocrm.rights import Role

NUMBER: Final = "+79161234567"
OLD: Final = Rules(numbers=loose)


@pytest.mark.proves("S0-11")
@pytest.mark.parametrize("entity", ["Contact", "Account", "Lead"])
@pytest.mark.parametrize(
    ("stored", "known"),
    [
        ("+79161234567", True),
        ("79161234567", True),
        ("89161234567", True),
        ("9161234567", True),
        ("8 (916) 123-45-67", True),
        ("+7 916 123-45-67", True),
        ("+7 916 123-45-67 ext. 12", True),
        ("8-916-1234567#12", True),
        ("+1 916 123 4567", False),
        ("8 (916) 123-45-60", False),
    ],
)
async def test_a_client_is_known_in_whatever_form_the_number_was_stored(
    entity: str, stored: str, known: bool, tmp_path: Path
) -> None:
    espo = EspoHarness(tmp_path, rules=OLD)
    async with espo.running():
        name = {"name": "Romashka"} if entity == "Account" else {"lastName": "Ivan"}
        espo.portal.put(entity, phoneNumber=stored, **name)
        found = await espo.crm.lookup(NUMBER)
    assert [match.name for match in found] == list(name.values()) * known


async def test_who_calls_is_asked_once_of_each_entity(tmp_path: Path) -> None:
    espo = EspoHarness(tmp_path)
    async with espo.running():
        await espo.crm.lookup(NUMBER)
    assert sorted(espo.asked) == ["/api/v1/Account", "/api/v1/Contact", "/api/v1/Lead"]


async def test_a_number_of_another_country_is_found_too(tmp_path: Path) -> None:
    espo = EspoHarness(tmp_path, rules=OLD)
    async with espo.running():
        espo.portal.put("Contact", lastName="Smith", phoneNumber="+44 1904 900863")
        [found] = await espo.crm.find_contacts(Search(phone="+441904900863"))
    assert found.phones == ("+441904900863",)


@pytest.mark.parametrize(
    ("role", "says"),
    [
        (Role({"Lead": frozenset({"create"})}), "give the role of this API user create on Lead"),
        (Role(assigns=False), "set Assignment Permission of this API user's role to `all`"),
    ],
    ids=["create", "assign"],
)
async def test_a_right_that_is_missing_is_told_with_whom_to_give_it_to(
    role: Role, says: str, tmp_path: Path
) -> None:
    espo = EspoHarness(tmp_path, role=role)
    async with espo.running():
        outcome = await espo.crm.create_lead(lead(owner=espo.anna), "key")
    assert (outcome.verdict, says in outcome.detail) == (Verdict.REFUSED, True), outcome


@pytest.mark.parametrize(
    ("role", "says"),
    [
        (Role({"Contact": frozenset({"read"})}), "read on Contact"),
        (Role({"Opportunity": frozenset({"read"})}), "read on Contact and opportunities"),
    ],
    ids=["contacts", "their deals"],
)
async def test_a_right_to_read_that_is_missing_is_told_too(
    role: Role, says: str, tmp_path: Path
) -> None:
    espo = EspoHarness(tmp_path, role=role)
    async with espo.running():
        espo.portal.put("Contact", lastName="Ivan", phoneNumber=NUMBER)
        with pytest.raises(CrmRefused, match=says):
            await espo.crm.lookup(NUMBER)


async def test_a_field_that_nobody_has_made_is_told_with_the_place_to_make_it(
    tmp_path: Path,
) -> None:
    espo = EspoHarness(tmp_path, rules=Rules(without=frozenset({"cKey"})))
    async with espo.running():
        outcome = await espo.crm.create_lead(lead(), "key")
        with pytest.raises(CrmRefused, match="Entity Manager → Call"):
            await espo.crm.probe()
    assert (outcome.verdict, outcome.detail) == (
        Verdict.REFUSED,
        "create lead: was it made: HTTP 400: Not existing attribute 'cKey' in where.: make this "
        "field in Administration → Entity Manager → Lead: the head of espocrm.yml lists them",
    )


async def test_a_value_that_is_not_taken_is_told_by_its_field(tmp_path: Path) -> None:
    espo = EspoHarness(tmp_path)
    async with espo.running():
        outcome = await espo.crm.create_contact({"name": "x", "phone": "call me"}, "key")
    assert "HTTP 400: phoneNumber valid: Contact does not take this field so" in outcome.detail


async def test_a_title_of_any_length_and_with_any_sign_makes_a_lead_and_a_deal(
    tmp_path: Path,
) -> None:
    title = "<script>alert('=')</script>" * 20
    espo = EspoHarness(tmp_path)
    async with espo.running():
        made = [
            await espo.crm.create_lead(lead(title=title), "lead"),
            await espo.crm.create_deal({"title": title}, "", "deal"),
            await espo.crm.create_company({"name": title}, "company"),
            await espo.crm.create_contact({"name": title}, "contact"),
        ]
    assert [each.verdict for each in made] == [Verdict.ACCEPTED] * 4, made


async def test_a_task_is_due_at_its_deadline_by_espocrm_s_clock(tmp_path: Path) -> None:
    espo = EspoHarness(tmp_path)
    task = CreateTask(
        title="Перезвонить", owner=espo.anna, fields={"deadline": "2026-11-30T09:00:00+03:00"}
    )
    async with espo.running():
        await espo.crm.create_task(task, None, "key")
    [made] = espo.portal.records["Task"].values()
    assert made["dateEnd"] == "2026-11-30 06:00:00"


@pytest.mark.proves("S0-21")
async def test_the_path_of_a_call_stands_in_its_description(tmp_path: Path) -> None:
    espo = EspoHarness(tmp_path)
    async with espo.running():
        await espo.crm.log_call(replace(call(NUMBER), labels=("ivr:2", "owner")), None, (), "key")
    [made] = espo.portal.records["Call"].values()
    assert made["description"] == f"{NUMBER} → +74952000000, answered, ivr:2 > owner"


async def test_a_recording_that_is_too_large_is_told_so(tmp_path: Path) -> None:
    espo = EspoHarness(tmp_path)
    espo.portal.largest = 1000
    sound = tmp_path / "rec.mp3"
    sound.write_bytes(bytes(2000))
    async with espo.running():
        logged = await espo.crm.log_call(call(NUMBER), espo.anna, (), "call")
        assert logged.result is not None
        outcome = await espo.crm.attach_recording(logged.result, recording(), sound, "file")
    assert "raise it in Administration" in outcome.detail
