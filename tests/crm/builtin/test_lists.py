"""Lists as spreadsheets and phones write them, and what the CRM makes of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli.crm import command
from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.builtin.intake import Entry
from bridge.crm.builtin.lists import HEADINGS, Unreadable, decode, read
from bridge.crm.builtin.settings import UserSettings

CSV = """name,company,inn,phone,phone 2,email,owner,deal
Иван Ёлкин,ООО Ромашка,7707083893,8 (916) 123-45-67,+7 495 100-00-02,i@r.ru,101,Принтер 3D
Мария,,,8 903 111-22-33,,,anna,
,ООО Лютик,5001000000,+7 495 100-00-03,,,Борис,
"""


def test_a_spreadsheet_with_semicolons_in_the_windows_code_page() -> None:
    data = "ФИО;Телефон;Ответственный\r\nИван;8 916 1234567, 89031112233;101\r\n".encode("cp1251")
    assert read("клиенты.CSV", decode(data)) == [
        Entry(line=2, name="Иван", phones=("8 916 1234567", "89031112233"), owner="101")
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("name\tphone\r\nИван\t1\r\n".encode("utf-16"), id="Unicode text of Excel"),
        pytest.param(b"name,phone\r\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd,1\r", id="lines of an old Mac"),
        pytest.param('name,phone\n"Иван",1'.encode(), id="no end of line at the end"),
    ],
)
def test_a_list_however_it_was_saved(data: bytes) -> None:
    assert read("list.csv", decode(data)) == [Entry(line=2, name="Иван", phones=("1",))]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("between", [" " * 60_000, "_" * 60_000], ids=["spaces", "underscores"])
def test_a_heading_of_a_page_s_length_names_no_column(between: str) -> None:
    data = f"name,phone 2,phone{between}x\nИван,1,2".encode()
    assert read("list.csv", decode(data)) == [Entry(line=2, name="Иван", phones=("1",))]


def test_cards_of_a_phone() -> None:
    card = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\n"
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=\r\n=D0=B0=D0=BD\r\n"
        "TEL;CELL:+7 916 123-45-67\r\nitem1.TEL;VALUE=uri:tel:+74951000001\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Сосны;Мария;;;\r\nORG:ООО Рома\r\n шка\\, центр;Отдел\r\n"
        "EMAIL:m@r.ru\r\nEND:VCARD\r\n"
    )
    assert read("phone.vcf", card) == [
        Entry(line=1, name="Иван", phones=("+7 916 123-45-67", "+74951000001")),
        Entry(line=8, name="Мария Сосны", company="ООО Ромашка, центр", emails=("m@r.ru",)),
    ]


@pytest.mark.parametrize(
    ("lines", "entry"),
    [
        ("FN;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2\r\n =D0=B0=D0=BD", Entry(line=1, name="Иван")),
        (
            "FN:Anna\r\nORG:Horns\\; Hooves;Sales",
            Entry(line=1, name="Anna", company="Horns; Hooves"),
        ),
        ("N:O\\;Hara;Anna", Entry(line=1, name="Anna O;Hara")),
        ("FN:Anna\\nOrlova\r\nORG:A\\\\n", Entry(line=1, name="Anna Orlova", company="A\\n")),
        ("FN:Anna\r\nNOTE:a\u2028END:VCARD", Entry(line=1, name="Anna")),
    ],
)
def test_a_card_is_read_however_its_values_are_written(lines: str, entry: Entry) -> None:
    card = f"BEGIN:VCARD\r\n{lines}\r\nEND:VCARD\r\n"
    assert read("phone.vcf", card) == [entry]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("list.xlsx", b"PK", "save the list as"),
        ("list.csv", b"", "name"),
        ("list.csv", b"phone,colour\n1,2\n", "name"),
        ("list.vcf", b"name,phone\n", "BEGIN:VCARD"),
        ("list.csv", b"name,phone\n" + b"x" * 200_000, "line 2"),
        ("list.csv", b"x" * 200_000 + b",name\n", "line 1"),
        ("list.csv", b"\x00\xff\r\x01,\xfe", "name"),
        ("list.csv", b'name,phone\nA,1\n"B,2\nC,3\n', "line 3: a quotation mark"),
        ("list.vcf", b"BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\n", "line 4: .*cut off"),
        ("list.vcf", b"BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD\n", "line 1: .*no END"),
    ],
)
def test_a_file_that_is_no_list_is_answered_with_what_to_do(
    name: str, data: bytes, told: str
) -> None:
    with pytest.raises(Unreadable, match=told):
        read(name, decode(data))


class Office:
    """A CRM with two users, and the command line at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "crm.sqlite"

    async def open(self) -> None:
        users = (
            UserSettings(id="anna", name="Анна", extensions=("101",)),
            UserSettings(id="boris", name="Борис", extensions=("102",)),
        )
        crm = BuiltinCrm(BuiltinSettings(file=self.file, users=users))
        await crm.probe()
        await crm.close()

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(command, ["--file", str(self.file), *arguments])

    def bring(self, text: str) -> Result:
        path = self.folder / "list.csv"
        path.write_text(text, "utf-8")
        return self.run("import", str(path))

    def rows(self, kind: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.run(kind, "--json").stdout.splitlines()]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    asyncio.run(office.open())
    return office


def test_a_list_becomes_clients_with_owners_and_deals(office: Office) -> None:
    done = office.bring(CSV)
    assert (done.exit_code, done.stdout.strip()) == (
        0,
        "companies made: 2, contacts made: 2, deals made: 1",
    )
    assert [(each["name"], each["owner"], each["phones"]) for each in office.rows("contacts")] == [
        ("Мария", "anna", ["+79031112233"]),
        ("Иван Ёлкин", "anna", ["+74951000002", "+79161234567"]),
    ]
    assert [(each["title"], each["contact"]) for each in office.rows("deals")] == [
        ("Принтер 3D", "1")
    ]
    assert [(each["name"], each["owner"]) for each in office.rows("companies")] == [
        ("ООО Лютик", "boris"),
        ("ООО Ромашка", None),
    ]


def test_the_same_list_again_changes_nothing(office: Office) -> None:
    office.bring(CSV)
    assert office.bring(CSV).stdout == "nothing new\n"


def test_a_corrected_list_changes_what_it_says(office: Office) -> None:
    office.bring(CSV)
    done = office.bring(CSV.replace("8 903 111-22-33,,,anna", "8 903 111-22-33,,m@r.ru,102"))
    assert done.stdout == "contacts changed: 1\n"


def test_each_wrong_line_is_named_and_the_others_are_taken(office: Office) -> None:
    done = office.bring(
        "name,phone,owner,deal,pipeline\n"
        "Иван,12,101,,\n"
        "Мария,+79031112233,somebody,,\n"
        ",+79031112234,,,\n"
        "Олег,+79031112235,,Ремонт,no such\n"
        "Ольга,+79031112236,,,\n"
    )
    lines = done.stderr.splitlines()
    assert (done.exit_code, [line.split(":")[0] for line in lines]) == (
        1,
        [f"list.csv, line {line}" for line in (2, 3, 4, 5)],
    )
    assert [each["name"] for each in office.rows("contacts")] == ["Ольга"]


def test_a_column_that_means_nothing_is_named_with_those_that_do(office: Office) -> None:
    done = office.bring("name;Телефон 2;colour;;e mail\nИван;+79161234567;red;;i@r.ru\n")
    [warning] = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (0, "contacts made: 1\n")
    assert "colour, e mail; known: name, company, inn, phones, emails, owner, deal," in warning


def test_the_help_tells_every_column() -> None:
    told = CliRunner().invoke(command, ["import", "--help"]).stdout
    assert [name for name in HEADINGS if f"\n  {name} " not in told] == []


def test_one_client_is_shown_with_everything_around_it(office: Office) -> None:
    office.bring(CSV)
    shown = office.run("show", "contact", "1").stdout
    assert "name: Иван Ёлкин" in shown
    assert "title Принтер 3D; pipeline sales; stage new" in shown


def test_what_is_not_there_is_a_finding(office: Office) -> None:
    assert office.run("show", "deal", "7").exit_code == 1


def test_without_a_crm_nothing_can_be_shown(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--file", str(tmp_path / "none"), "contacts"])
    assert (done.exit_code, "import" in done.stderr) == (2, True)


def test_each_command_tells_its_use_without_a_crm() -> None:
    assert CliRunner().invoke(command, ["contacts", "--help"]).exit_code == 0


def test_a_command_that_is_not_told_which_crm_asks_for_it() -> None:
    done = CliRunner().invoke(command, ["contacts"], env={"ASTERISK_BRIDGE_CRM": ""})
    assert (done.exit_code, "--file" in done.stderr) == (2, True)


def test_the_users_stand_in_a_table_with_their_extensions(office: Office) -> None:
    assert office.run("users").stdout.splitlines()[1].split() == ["anna", "Анна", "101"]


def test_what_a_caller_sent_cannot_move_the_cursor_of_a_terminal(office: Office) -> None:
    office.bring("name,phone\n\x1b[2JИван,+79161234567\n")
    assert "\x1b" not in office.run("contacts").stdout
