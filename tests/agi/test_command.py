"""Whatever a CRM has for a name, it is a name to Asterisk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.agi.command import LONGEST, TooLong, assign, line, played
from bridge.domain.lines import plain
from tests.agi.conftest import Counted
from tests.agi.dialplan import variables, words

NASTY = (
    "plain", 'a "quoted" one', "comma, and, another", "open ( and [", "shut ) and ]",
    "back\\slash \\, \\\\", "Иванов Ё", "semi;colon", "eq=a=b", "", '"', "\\", "{curly}",
    "'`|&<>#%~!", "X,BRIDGE_DIAL=PJSIP/evil",
)  # fmt: skip


def set_to(value: str) -> str:
    """What a variable has that is told this."""
    return variables(assign({"A": value}))["A"]


@given(st.dictionaries(st.sampled_from(["A", "B", "C"]), st.text(max_size=200), min_size=1))
def test_every_value_is_set_as_it_is_and_nothing_else(values: dict[str, str]) -> None:
    assert variables(assign(values)) == {name: plain(value, 96) for name, value in values.items()}


@pytest.mark.parametrize("value", NASTY)
def test_what_is_one_line_of_text_is_not_changed(value: str) -> None:
    assert set_to(value) == value


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\r\nSET VARIABLE A 1", "a SET VARIABLE A 1"),
        ("a\u2028b\x00c", "a b c"),
        ("${SHELL(reboot)}", "{SHELL(reboot)}"),
        ("$$[1+1]", "[1+1]"),
        ("5 $", "5 $"),
        ("x" * 500, "x" * 96),
    ],
)
def test_what_means_something_to_asterisk_becomes_text(value: str, kept: str) -> None:
    assert set_to(value) == kept


@given(st.text())
def test_a_command_is_one_line(text: str) -> None:
    try:
        command = line("EXEC", "Playback", text)
    except TooLong:
        return
    assert "\n" not in command
    assert words(command)[:2] == ["EXEC", "Playback"]


def test_a_line_that_asterisk_would_cut_in_two_is_never_sent() -> None:
    with pytest.raises(TooLong):
        line("VERBOSE", "x" * LONGEST)


PHONES = [f"PJSIP/{number}" for number in range(100, 600)]


@pytest.mark.parametrize(
    ("count", "name"),
    [(11, "x"), (60, "x"), (500, "x"), (500, "Ё" * 96), (500, '"' * 96)],
    ids=["a_skill", "many", "too_many", "beside_two_bytes_each", "beside_four_each"],
)
@pytest.mark.parametrize("variable", ["BRIDGE_DIAL", "BRIDGE_SAY", "BRIDGE_GROUP"])
def test_a_list_is_never_cut_within_a_phone(variable: str, count: int, name: str) -> None:
    command = assign({variable: "&".join(PHONES[:count]), "BRIDGE_NAME": name})
    told = variables(command)
    kept = told[variable].split("&")
    assert kept == PHONES[: len(kept)]
    assert len(kept) == count or len(command.encode()) > LONGEST - len("&PJSIP/100") - 1
    assert told["BRIDGE_NAME"] == name


def test_the_log_says_how_many_phones_were_left_out() -> None:
    with capture_logs() as logs:
        told = variables(assign({"BRIDGE_DIAL": "&".join(PHONES)}))
    kept = len(told["BRIDGE_DIAL"].split("&"))
    assert [(one["event"], one["kept"], one["left_out"]) for one in logs] == [
        ("agi.left_out", kept, 500 - kept)
    ]


def test_a_phone_that_has_no_room_is_left_out_whole() -> None:
    told = variables(assign({"BRIDGE_DIAL": "x" * 3000, "BRIDGE_NAME": "Vera"}))
    assert told == {"BRIDGE_DIAL": "", "BRIDGE_NAME": "Vera"}


@pytest.mark.parametrize("char", ["x", "Ё", '"', "\\", "😀"])
def test_many_long_texts_are_cut_and_none_is_lost(char: str) -> None:
    counted = Counted()
    texts = {f"BRIDGE_{name}": char * 900 for name in ("NAME", "LABEL", "COMPANY", "LANG")}
    told = variables(
        assign({"BRIDGE_DIAL": "PJSIP/101&PJSIP/102", "BRIDGE_STATUS": "OK", **texts}, 900, counted)
    )
    assert told["BRIDGE_STATUS"] == "OK"
    assert {len(told[name]) for name in texts} == {len(told["BRIDGE_NAME"])}
    assert told["BRIDGE_NAME"].startswith(char * 50)
    assert told["BRIDGE_DIAL"] == "PJSIP/101&PJSIP/102"
    assert counted.counts["agi_left_out texts"] == 1


def test_lists_that_were_cut_are_counted() -> None:
    counted = Counted()
    assign({"BRIDGE_DIAL": "&".join(PHONES)}, counters=counted)
    assert counted.counts == {"agi_left_out BRIDGE_DIAL": 1}


def test_any_number_of_prompts_is_played_in_whole_files() -> None:
    files = [f"custom/ru/prompt-{number}" for number in range(200)]
    commands = [words(one) for one in played(files)]
    assert {tuple(one[:2]) for one in commands} == {("EXEC", "Playback")}
    assert [file for one in commands for file in one[2].split("&")] == files


def test_the_prompts_of_a_script_end_with_a_whole_file() -> None:
    files = [f"custom/ru/prompt-{number}" for number in range(200)]
    command = assign({"BRIDGE_SCRIPT": "OK", "BRIDGE_SAY": "&".join(files)}, 900)
    kept = variables(command)["BRIDGE_SAY"].split("&")
    assert kept == files[: len(kept)]
    assert len(kept) > 50
