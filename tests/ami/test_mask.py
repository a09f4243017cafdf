"""A masked capture tells the same calls of other people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote, quote_plus

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.ami.mask import _RESERVED, Mask
from bridge.ami.replay import call_records
from bridge.domain.directory import Directory
from bridge.domain.numbers import e164

CALLS = sorted(Path(__file__).parent.parent.joinpath("calls").glob("*/capture.ami"))
FORMS = ["+7{}", "7{}", "8{}", "{}", "007{}", "8107{}"]
PLACES = [
    "CallerIDNum: {}",
    "Channel: PJSIP/{}-0000001a",
    "Channel: Local/{}@from-internal-00000012;1",
    "AppData: PJSIP/{}@trunk,30,TtU(x^{})",
    "Value: sip:{}@10.0.0.1:5060;user=phone",
    "Value: /monitor/2026/11/21/external-101-{}-20261121-213000-1795295657.12.wav",
    "DialString: 101/sip:{}@127.0.0.1:6100;ob",
    'CallerID: "Ivanov" <{}>',
    "Context: from-did-{}",
    "{}: Value",
    "{}",
]
mobiles = st.integers(9000000000, 9999999999).map(str).filter(lambda n: e164(f"+7{n}") is not None)
worldwide = st.sampled_from(["+4930{}", "+1212{}", "+44190{}", "+3312{}", "+472{}"]).flatmap(
    lambda form: st.integers(2000000, 9999999).map(lambda n: form.format(n))
)
names = st.text(st.characters(categories=["L", "Zs", "Pd"]), min_size=3, max_size=20).filter(
    lambda name: len(name.strip()) > 2 and name == name.strip() and name.casefold() not in _RESERVED
)


def mask() -> Mask:
    return Mask(b"key")


@given(st.lists(mobiles | worldwide, unique=True))
def test_different_numbers_stay_different(numbers: list[str]) -> None:
    one = mask()
    assert len({one.number(number) for number in numbers}) == len(numbers)


@given(mobiles)
def test_one_number_in_every_form_is_one_other_valid_number(national: str) -> None:
    one = mask()
    read = {e164(one.number(form.format(national))) for form in FORMS if _reads(form, national)}
    (other,) = read
    assert other is not None
    assert phonenumbers.is_valid_number(phonenumbers.parse(other))


def _reads(form: str, national: str) -> bool:
    return e164(form.format(national)) == f"+7{national}"


@given(worldwide)
def test_a_valid_number_of_a_country_becomes_one_of_the_same(number: str) -> None:
    def read(text: str) -> tuple[int, bool]:
        parsed = phonenumbers.parse(text)
        return parsed.country_code or 0, phonenumbers.is_valid_number(parsed)

    country, valid = read(number)
    assert not valid or read(mask().number(number)) == (country, True)


@given(mobiles, st.sampled_from(FORMS), st.sampled_from(PLACES))
def test_no_original_number_is_left_anywhere(national: str, form: str, place: str) -> None:
    line = place.replace("{}", form.format(national))
    assert national not in mask().message(line)


@pytest.mark.parametrize(
    "line",
    [
        "Uniqueid: 1795295657.12",
        "Asterisk Call Manager/5\r\nEvent: VarSet\r\nVariable: X\r\nValue: 1",
        "Channel: PJSIP/101-00000012",
        "Channel: Local/101@sales-00000012;2",
        "Exten: 101",
        "AppData: 101-102-103",
        "Value: 2026-11-21 10:15:00",
        "Value: 0 1 2 3 4 5 6 7",
        "CallerIDNum: 123456",
        "BridgeUniqueid: 36198335-5249-4912-8123-792220009812",
        "Value: /monitor/q-600-101-20261121-213000-1795295657.12.wav",
        "Timestamp: 1795295657.082737",
        "CallerIDName: <unknown>",
        "CallerIDName: 101",
        "RemoteAddress: IPV4/TCP/192.168.10.20/5060",
        "Variable: DIALEDPEERNAME\r\nValue: PJSIP/102-0000000d",
        "Variable: MIXMONITOR_FILENAME\r\nValue: /var/spool/asterisk/monitor/a.wav",
    ],
)
def test_what_is_neither_number_nor_name_stays(line: str) -> None:
    assert mask().message(line + "\r\n") == line + "\r\n"


@given(st.lists(names, unique=True, min_size=1))
def test_names_become_labels_one_to_one(people: list[str]) -> None:
    one = mask()
    labels = [one.message(f"CallerIDName: {name}").partition(": ")[2] for name in people]
    assert len(set(labels)) == len(people)
    assert not set(labels) & set(people)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("CallerIDName: Иванов Пётр", "CallerIDName: Person 1"),
        ("DestConnectedLineName: Иванов Пётр", "DestConnectedLineName: Person 1"),
        ('Value: "Иванов Пётр" <101>', 'Value: "Person 1" <101>'),
        ("AppData: Person=Иванов Пётр,x", "AppData: Person=Person 1,x"),
        ("Variable: CNAM\r\nValue: Сидоров", "Variable: CNAM\r\nValue: Person 2"),
    ],
)
def test_a_name_is_replaced_wherever_it_was_met(line: str, masked: str) -> None:
    one = mask()
    one.message("CallerIDName: Иванов Пётр")
    assert one.message(line) == masked


@pytest.mark.parametrize(
    ("message", "secret"),
    [
        ("CallerIDName: (916) 123-45-67", "123-45-67"),
        ("CallerIDName: 916 123 45 67", "123 45 67"),
        ("CallerIDName: +44 20 7946 0958", "7946 0958"),
        ("CallerIDName: 44 20 7946 0958", "7946 0958"),
        ("CallerIDName: 123-45-67", "45-67"),
        ("Phone: 8.916.123.45.67", "123.45.67"),
        ("Phone: +7\u00a0(916)\u00a0123\u201145\u201167", "45\u201167"),
        ("Phone: 8\u202f916\u202f123\u202f45\u202f67", "45\u202f67"),
        ("Phone: 8-916-12-34-567", "12-34"),
        ("Phone: 01 23 45 67 89", "45 67"),
        ("Phone: 020 7946 0958", "7946 0958"),
        ("Phone: 030/123456", "123456"),
        ("AppData: back to Person 9161234567", "1234567"),
        ("Event: OriginateResponse\r\nActionID: call-79161234567", "1234567"),
        ("AppData: call 916-123-45-67 back", "123-45-67"),
        ("Event: QueueMember\r\nName: Anna Orlova", "Orlova"),
        ("Event: UserEvent\r\nClientName: Anna", "Anna"),
        ("Event: UserEvent\r\nWho: the client Anna Orlova", "Orlova"),
        ("Event: VarSet\r\nVariable: CLIENT\r\nValue: Anna Orlova", "Orlova"),
        ("Variable: FULLNAME\r\nValue: A\nAnna Orlova", "Orlova"),
        ("Application: NoOp\r\nAppData: Client Anna Orlova is back", "Orlova"),
        ("Application: Set\r\nAppData: CALLERID(name)=anna", "anna"),
        ('Application: Set\r\nAppData: CALLERID(all)="anna" <101>', "anna"),
        ('Extra: {"name":"anna orlova","x":"y"}', "orlova"),
        ("ChanVariable: CNAM=anna", "anna"),
        ("Cause: anna.orlova@example.org", "orlova"),
        ("Value: https://crm.example/rest/1/k3y/lead?name=anna", "k3y"),
        ("Value: https://anna:k3y@crm.example", "k3y"),
        ("AppData: curl -u bridge:k3y x", "k3y"),
        ("AppData: X=1,api_key=k3y", "k3y"),
        ("AppData: Authorization: Bearer k3y", "k3y"),
        ("Variable: AMPMGRPASS\r\nValue: k3y", "k3y"),
        ("Variable: AMPMGRPASS\r\nValue: k\r\n3y", "3y"),
        ("CallerIDName: Anna\r\nOrlova", "Orlova"),
        ("AccountCode: Anna Orlova", "Orlova"),
    ],
)
def test_what_the_author_of_a_dialplan_wrote_betrays_nobody(message: str, secret: str) -> None:
    assert secret not in mask().message(message + "\r\n")


@pytest.mark.parametrize(
    "written",
    [
        "ANNA ORLOVA",
        "/monitor/out-Anna_Orlova-1.wav",
        "x=Anna%20Orlova",
        "x=Anna+Orlova",
        "x=Anna\u00a0Orlova",
    ],
)
def test_a_name_is_found_again_however_it_is_written(written: str) -> None:
    one = mask()
    one.message("CallerIDName: Anna Orlova")
    assert "Person 1" in one.message(f"Value: {written}")


def test_a_name_in_an_address_is_found_again() -> None:
    one = mask()
    one.message("CallerIDName: Анна Орлова")
    assert one.message(f"AppData: X={quote('Анна Орлова')}") == "AppData: X=Person 1"
    assert one.message(f"AppData: X={quote_plus('Анна Орлова').lower()}") == "AppData: X=Person 1"


@pytest.mark.parametrize(("name", "written"), [("Işıl", "işil"), ("İrem", "irem"), ("Aſa", "ASA")])
def test_a_name_is_found_again_in_letters_of_two_cases_that_python_knows_apart(
    name: str, written: str
) -> None:
    one = mask()
    one.message(f"CallerIDName: {name}")
    assert one.message(f"Value: {written}") == "Value: Person 1"


def test_a_line_that_was_met_before_its_name_is_masked_after_it() -> None:
    one, line = mask(), "AppData: x=Anna Orlova"
    one.message(line)
    one.message("CallerIDName: Anna Orlova")
    assert one.message(line) == "AppData: x=Person 1"


def test_a_queue_member_without_a_name_and_a_name_like_a_trunk_s_leave_channels_alone() -> None:
    one, channels = mask(), "Channel: PJSIP/101-00000012\r\nInterface: PJSIP/trunk\r\n"
    one.message("MemberName: PJSIP/101\r\nCallerIDName: trunk\r\n")
    assert one.message(channels) == channels


def test_the_same_key_masks_two_captures_alike() -> None:
    assert mask().number("+79161234567") == mask().number("89161234567").replace("8", "+7", 1)


def test_another_key_masks_otherwise() -> None:
    assert mask().number("+79161234567") != Mask(b"other").number("+79161234567")


def messages(stream: str) -> Iterator[str]:
    yield from re.split(r"(?<=\r\n\r\n)", stream)


@pytest.mark.parametrize("capture", CALLS, ids=lambda path: path.parent.name)
def test_a_masked_recording_tells_the_same_calls(capture: Path) -> None:
    """Same records, with every number and name replaced and nothing else."""
    text, one = capture.read_bytes().decode(), mask()
    masked = "".join(map(one.message, messages(text)))
    before = [_masked(asdict(record), one) for record in _records(text)]
    assert [asdict(record) for record in _records(masked)] == before


def _records(text: str) -> list[Any]:
    return list(call_records([text.encode()], Directory()))


def _masked(value: Any, one: Mask) -> Any:
    """The record with the mask put over its texts."""
    if isinstance(value, dict):
        return {key: _masked(inner, one) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_masked(inner, one) for inner in value)
    return one.message(value) if type(value) is str else value


@given(st.lists(st.text("A +_%41é\u00a0\udcffİ")), st.sampled_from([quote, quote_plus, str.lower]))
def test_no_name_raises_however_it_is_written(people: list[str], written: Any) -> None:
    one = mask()
    for name in people:
        one.message(f"CallerIDName: {name}")
    for name in people:
        one.message(f"Value: {written(name.replace(chr(0xDCFF), '%FF'))}")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("length", [8000, 500_000])
@pytest.mark.parametrize(
    "text",
    ["A", "Ж", "A'", "Aa-", "Aa ", "A1", "a.", "callerid(all)=a", "callerid(name", "1 ", "+1 "],
)
def test_a_hostile_value_is_masked_at_once(text: str, length: int) -> None:
    value = (text * length)[:length]
    began = perf_counter()
    mask().message(f"Event: UserEvent\r\nX: {value}\r\nY: Anna Orlova\r\n\r\n")
    assert perf_counter() - began < 5


@pytest.mark.timeout(20)
def test_thousands_of_names_take_no_longer_each_than_the_first() -> None:
    one = mask()
    for number in range(3000):
        one.message(f"CallerIDName: Anna{number} Orlova\r\nX: Anna{number // 2} Orlova")
    assert one.message("X: Anna2999 Orlova") == "X: Person 3000"


@pytest.mark.timeout(20)
def test_thousands_of_names_that_begin_alike_take_no_longer() -> None:
    one = mask()
    for number in range(6000):
        one.name(f"Lead Anna{number}")
    text = "x/lead-nobody " + "lead/" * 1000 + "lead%20anna5999"
    assert one.message(f"X: {text}") == f"X: {text.replace('lead%20anna5999', 'Person 6000')}"


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert mask().message(text).count("\n") == text.count("\n")
