"""Extensions and the CRM's users."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.builtin.settings import UserSettings
from bridge.outbox.users import users_of

USERS = (
    UserSettings(id="b", extensions=("101", "102")),
    UserSettings(id="c", extensions=("103",), active=False),
)


@pytest.fixture
async def crm(tmp_path: Path) -> AsyncIterator[BuiltinCrm]:
    made = BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.db", users=USERS))
    yield made
    await made.close()


async def test_the_configuration_goes_before_what_the_crms_users_say(crm: BuiltinCrm) -> None:
    assert await users_of(crm, {"101": "a"}, {}) == {"101": "a", "102": "b"}


async def test_a_crm_that_does_not_answer_takes_nothing_away(tmp_path: Path) -> None:
    broken = tmp_path / "crm.db"
    broken.write_text("this is no database")
    crm = BuiltinCrm(BuiltinSettings(file=broken))
    assert await users_of(crm, {"101": "a"}, {"102": "b"}) == {"101": "a", "102": "b"}
