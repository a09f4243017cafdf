"""Which numbers are shown: the company's own; a client's never whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.record import Transfer, TransferKind
from bridge.web.veil import veiled
from tests.web.conftest import BEGAN, finished


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"number": "+79161234567"}, {"number": "+7916***4567"}),
        ({"title": "Call of 8 (916) 123-45-67"}, {"title": "Call of 8916***4567"}),
        ({"phones": ["+79161234567"]}, {"phones": ["+7916***4567"]}),
        ({"file": "/keep/in-79161234567.wav"}, {"file": "/keep/in-7916***4567.wav"}),
        ({"did": "+74952000000"}, {"did": "+74952000000"}),
        ({"call_id": "pbx-1772442001.1"}, {"call_id": "pbx-1772442001.1"}),
        ({"logged_at": "2026-03-02T09:00:00Z"}, {"logged_at": "2026-03-02T09:00:00Z"}),
        (
            {"responsible": "101", "seconds": 12345678.5},
            {"responsible": "101", "seconds": 12345678.5},
        ),
    ],
)
def test_what_is_shown(shown: Any, expected: Any) -> None:
    assert veiled(shown) == expected


@given(st.from_regex(r"\+7[0-9]{10}", fullmatch=True), st.text(max_size=20))
def test_no_number_of_a_client_is_whole_in_a_record(number: str, around: str) -> None:
    record = finished(
        name=f"{around} {number}",
        transferred_out=number,
        responsible=number,
        transfers=(
            Transfer(kind=TransferKind.BLIND, by="101", to=number, at=BEGAN, completed=True),
        ),
    )
    shown = veiled(record.to_json())
    assert number not in str(shown)
    assert shown["segments"] == record.to_json()["segments"]
