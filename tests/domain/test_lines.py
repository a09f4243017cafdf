"""One line of text for the dialplan, whatever a CRM or an address has said."""

from __future__ import annotations

import pytest

from bridge.domain.lines import plain


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("${SHELL(reboot)}", "{SHELL(reboot)}"),
        ("$$$[1+1]", "[1+1]"),
        ("$5 and $$", "$5 and $$"),
        pytest.param("$" * 400_000, "$" * 96, id="nothing but dollars, each looked at once"),
        pytest.param("$" * 400_000 + "{A}", "{A}", id="many dollars before a variable"),
    ],
)
def test_nothing_is_left_that_the_dialplan_would_evaluate(said: str, left: str) -> None:
    assert plain(said, 96) == left
