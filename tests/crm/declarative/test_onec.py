"""The description of 1C that we ship, where the infobase itself is not exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crm.declarative.onec import OneCHarness


@pytest.mark.parametrize(
    ("stored", "known"), [("+1 916 123-4567", False), ("8 (916) 123-45-67", True)]
)
async def test_a_client_of_another_country_with_the_same_ten_digits_is_not_ours(
    stored: str, known: bool, tmp_path: Path
) -> None:
    onec = OneCHarness(tmp_path)
    partner = {"type": "Партнеры", "id": "p1", "name": "Ромашка", "phones": [stored], "deals": []}
    onec.base.partners.append(partner)
    async with onec.running():
        assert bool(await onec.crm.lookup("+79161234567")) is known
