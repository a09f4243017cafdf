"""What `make demo` shows in the CRM of a vendor is what happened."""

from __future__ import annotations

import pytest

from tests.lab.demo import main


@pytest.mark.proves("S1-12", "S1-23", "S1-28")
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("the demo's own port")
@pytest.mark.parametrize("crm", ["bitrix24", "amocrm"])
async def test_ten_calls_of_real_phones_stand_in_the_crm_as_they_were(crm: str) -> None:
    assert await main(crm, stay=False) == 0
