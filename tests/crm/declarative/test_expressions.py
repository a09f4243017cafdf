"""What a description computes of answers that are not as it expects them."""

from __future__ import annotations

import pytest

from bridge.crm.declarative.expressions import value


@pytest.mark.parametrize(
    "source",
    [
        "{{ row.id | date('%d.%m.%Y') }}",
        "{{ row.id | words }}",
        "{{ row.id | replace('a', 'b') }}",
        "{{ row.list | replace('a', 'b') }}",
        "{{ row.id | national }}",
        "id {{ row.id | words | join(' ') }}",
    ],
)
def test_a_value_of_another_kind_is_told_in_words(source: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        value(source, {"row": {"id": 42, "list": ["a"]}})
