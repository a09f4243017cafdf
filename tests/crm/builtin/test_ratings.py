"""A rating that comes after the call: where one that came with it would be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from tests.crm.contract import made


async def test_a_later_rating_is_the_call_s_own(tmp_path: Path) -> None:
    crm = BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.sqlite"))
    record = replace(made.call(), rating=5)
    call = made.made(await crm.log_call(record, None, (), made.key()))
    before = await crm.card("call", call)
    made.made(await crm.rate_call(call, 2, made.key("rate_call")))
    after = await crm.card("call", call)
    await crm.close()
    assert before is not None
    assert after == {**before, "rating": 2}
