"""What `make demo CRM=bitrix24` shows is what happened."""

from __future__ import annotations

import pytest

from tests.lab.demo import main


@pytest.mark.proves("S1-12", "S1-23", "S1-28")
@pytest.mark.timeout(300)
async def test_ten_calls_of_real_phones_stand_in_bitrix24_as_they_were() -> None:
    assert await main("bitrix24", stay=False) == 0
