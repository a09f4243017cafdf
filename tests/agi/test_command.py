"""Whatever a CRM has for a name, it is a name to Asterisk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.agi.command import LONGEST, TooLong, assign, clean, line
from tests.agi.dialplan import variables, words

NASTY = (
    "plain", 'a "quoted" one', "comma, and, another", "open ( and [", "shut ) and ]",
    "back\\slash \\, \\\\", "Иванов Ё", "semi;colon", "eq=a=b", "", '"', "\\", "{curly}",
    "'`|&<>#%~!", "X,BRIDGE_DIAL=PJSIP/evil",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["A", "B", "C"]), st.text(max_size=200), min_size=1))
def test_every_value_is_set_as_it_is_and_nothing_else(values: dict[str, str]) -> None:
    assert variables(assign(values)) == {name: clean(value) for name, value in values.items()}


@pytest.mark.parametrize("value", NASTY)
def test_what_is_one_line_of_text_is_not_changed(value: str) -> None:
    assert clean(value) == value


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
    assert clean(value) == kept


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
