"""The CRM's file: its schema, its versions, two programs at it, other files."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.sql.expression import TableClause

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings, tables
from bridge.crm.builtin.database import migrations
from bridge.crm.builtin.settings import PipelineSettings, UserSettings
from bridge.domain.commands import Verdict
from bridge.domain.ports import CrmRefused, CrmUnavailable, Search
from tests.crm.contract import made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "crm.sqlite"


@pytest.fixture
async def crm(file: Path) -> AsyncIterator[BuiltinCrm]:
    crm = BuiltinCrm(BuiltinSettings(file=file))
    yield crm
    await crm.close()


async def test_the_tables_of_the_code_are_those_of_the_file(crm: BuiltinCrm, file: Path) -> None:
    await crm.probe()
    named = {t.name: t for t in vars(tables).values() if isinstance(t, TableClause)}
    with closing(sqlite3.connect(file)) as other:
        stored = {
            name: [column[1] for column in other.execute(f"PRAGMA table_info({name})")]
            for name in named
        }
    assert {name: [each.name for each in table.columns] for name, table in named.items()} == stored


async def test_what_is_written_is_there_when_the_file_is_opened_again(
    crm: BuiltinCrm, file: Path
) -> None:
    id = await made.contact(crm)
    await crm.close()
    again = BuiltinCrm(BuiltinSettings(file=file))
    assert [each.id for each in await again.find_contacts(Search(phone=made.CLIENT))] == [id]
    await again.close()


async def test_two_programs_write_to_one_file(file: Path) -> None:
    programs = [BuiltinCrm(BuiltinSettings(file=file, timeout=60)) for _ in range(2)]
    writes = [made.contact(each) for each in programs * 10]
    assert len(set(await asyncio.gather(*writes))) == 20
    for each in programs:
        await each.close()


async def test_of_writes_that_go_together_the_wrong_one_is_refused_alone(crm: BuiltinCrm) -> None:
    keys = [made.key() for _ in range(6)]
    *outcomes, wrong = await asyncio.gather(
        *(crm.create_contact({"name": "Anna"}, key) for key in (*keys, *keys)),
        crm.update_contact("404", {"name": "Anna"}),
    )
    results = [made.made(outcome) for outcome in outcomes]
    assert (results[:6], len(set(results))) == (results[6:], 6)
    assert [await crm.find(key) for key in keys] == results[:6]
    assert (wrong.verdict, "404" in wrong.detail) == (Verdict.REFUSED, True)
    assert len(await crm.find_contacts(Search())) == 6


async def test_what_another_program_s_lock_kept_out_is_not_made_later(file: Path) -> None:
    crm = BuiltinCrm(BuiltinSettings(file=file, timeout=2.0))
    await crm.probe()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        keys = [made.key() for _ in range(4)]
        told = await asyncio.gather(*(crm.create_contact({"name": "Anna"}, key) for key in keys))
        other.execute("ROLLBACK")
    await made.contact(crm)  # behind whatever was begun
    made_anyway = {key for key in keys if await crm.find(key)}
    await crm.close()
    unclear = {key for key, it in zip(keys, told, strict=True) if it.verdict is Verdict.UNCLEAR}
    assert made_anyway <= unclear


async def test_the_configuration_names_users_and_pipelines_and_may_change_them(file: Path) -> None:
    for name in ("Анна", "Анна Петровна"):
        settings = BuiltinSettings(
            file=file,
            users=(UserSettings(id="anna", name=name, extensions=("101",)),),
            pipelines=(PipelineSettings(id="sales", name="Продажи"),),
        )
        crm = BuiltinCrm(settings)
        users = await crm.users()
        lists = await crm.dictionaries()
        await crm.close()
    assert ([u.name for u in users], lists.pipelines) == (["Анна Петровна"], {"sales": "Продажи"})


async def test_a_file_of_a_newer_version_is_left_alone(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"PRAGMA user_version={max(migrations()) + 1}")
    crm = BuiltinCrm(BuiltinSettings(file=file))
    with pytest.raises(CrmRefused):
        await crm.probe()
    assert (await crm.create_contact({"name": "x"}, made.key())).verdict is Verdict.REFUSED
    await crm.close()


async def test_a_file_of_an_older_version_keeps_the_last_place_of_each_number(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.executescript(f"{migrations()[1]} PRAGMA user_version=1;")
        numbers = [(made.CLIENT,), ("+74950000000",), (made.CLIENT,)]
        other.executemany("INSERT INTO feed (phone) VALUES (?)", numbers)
        other.commit()
    crm = BuiltinCrm(BuiltinSettings(file=file))
    known = [(each.phone, each.cursor) async for each in crm.changes("0")]
    await made.contact(crm)
    now = [(each.phone, each.cursor) async for each in crm.changes("0")]
    await crm.close()
    assert known == [("+74950000000", "2"), (made.CLIENT, "3")]
    assert now == [("+74950000000", "2"), (made.CLIENT, "4")]


@pytest.fixture
def letter(file: Path) -> Path:
    file.write_bytes(b"not a database at all" * 100)
    return file


async def test_a_file_that_is_something_else_is_refused(letter: Path) -> None:
    crm = BuiltinCrm(BuiltinSettings(file=letter))
    with pytest.raises(CrmRefused):
        await crm.lookup(made.CLIENT)
    assert (await crm.create_contact({"name": "x"}, made.key())).verdict is Verdict.REFUSED
    await crm.close()


@pytest.mark.proves("S0-04")
async def test_a_note_stands_next_to_the_call(crm: BuiltinCrm) -> None:
    call = made.made(await crm.log_call(made.call(), None, (), made.key()))
    made.made(await crm.add_note("call", call, None, "Просил перезвонить"))
    card = await crm.card("call", call)
    assert card is not None
    assert [each["text"] for each in card["notes"]] == ["Просил перезвонить"]


@pytest.mark.proves("S3-34")
async def test_each_change_of_a_field_is_kept(crm: BuiltinCrm) -> None:
    id = await made.contact(crm)
    made.made(await crm.update_contact(id, {"name": "Иван Сосны", "comment": "VIP"}))
    card = await crm.card("contact", id)
    assert card is not None
    assert [(each["field"], each["old"], each["new"]) for each in card["history"]] == [
        ("name", "Иван Ёлкин", "Иван Сосны"),
        ("comment", None, "VIP"),
    ]


async def test_a_lead_goes_to_another_pipeline(crm: BuiltinCrm) -> None:
    """Without a stage: a lead has none."""
    id = made.made(await crm.create_lead(made.lead(), made.key()))
    made.made(await crm.update_lead(id, {"pipeline": "service"}))
    card = await crm.card("lead", id)
    assert card is not None
    assert (card["pipeline"], card["history"][0]["new"]) == ("service", "service")


@pytest.mark.proves("S0-03", "S1-09", "S1-29", "S1-30")
@pytest.mark.parametrize("kinds", [("contact", "deal"), ("company", "deal"), ("lead",)])
async def test_a_call_and_its_recording_stand_on_each_entity_it_belongs_to(
    crm: BuiltinCrm, kinds: tuple[str, ...]
) -> None:
    client, company = await made.contact(crm), await made.company(crm)
    ids = {
        "contact": client,
        "company": company,
        "deal": await made.deal(crm, "sales", contact=client, company=company),
        "lead": made.made(await crm.create_lead(made.lead(), made.key())),
    }
    entities = tuple(made.ref(kind, ids[kind]) for kind in kinds)
    call = made.made(await crm.log_call(made.call(), None, entities, made.key()))
    url = "https://pbx.example.org/rec-9"
    made.made(await crm.attach_recording(call, made.recording("rec-9"), url, made.key()))
    cards = {kind: await crm.card(kind, id) for kind, id in ids.items()}
    holding = {kind for kind, card in cards.items() if card and "rec-9" in str(card["calls"])}
    assert holding == set(kinds)


async def test_a_folder_that_cannot_be_made_is_told_with_its_name_and_tried_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "plain").write_text("no folder")
    crm = BuiltinCrm(BuiltinSettings(file=tmp_path / "plain" / "crm.sqlite"))
    outcome = await crm.create_contact({"name": "Anna"}, "key")
    with pytest.raises(CrmUnavailable, match="plain cannot be made"):
        await crm.users()
    await crm.close()
    assert (outcome.verdict, "plain cannot be made" in outcome.detail) == (Verdict.TRY_LATER, True)
