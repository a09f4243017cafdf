"""What becomes of the texts that Odoo keeps as HTML."""

from __future__ import annotations

import pytest

from bridge.crm.odoo.entities import others


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("kept", "read"),
    [
        pytest.param("<p>Calls &amp; <b>mails</b></p>", "Calls & mails", id="tags"),
        pytest.param("2 < 3", "2 < 3", id="no tag"),
        pytest.param("<" * 300_000, "<" * 300_000, id="tags that never end"),
    ],
)
def test_a_comment_is_read_without_its_tags_and_at_once(kept: str, read: str) -> None:
    assert others({"comment": kept}) == {"comment": read}
