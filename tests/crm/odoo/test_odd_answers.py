"""Whatever shape an answer of Odoo has, it is told in words and never breaks a method.

The answers are true ones: a real Odoo gave them a moment before.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from bridge.crm.odoo import Odoo
from bridge.domain.commands import Verdict
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable, Search
from tests.crm.contract import made
from tests.crm.odd import Bend, bends
from tests.crm.odoo.conftest import Connect
from tests.crm.odoo.gate import Gate, Tape
from tests.crm.odoo.harness import OdooHarness, settings
from tests.crm.odoo.replay import Replay
from tests.crm.port import METHODS, Known, furnished, strange_ids

SAID: Final = (CrmUnavailable, CrmNeedsLogin, CrmRefused)


async def _clicked(crm: Odoo) -> Any:
    try:
        async with asyncio.timeout(0.3):
            return await anext(crm.requests())
    except TimeoutError:
        return []


async def asked(name: str, crm: Odoo, known: Known) -> Any:
    """What one method gives; what a read raises, as its words."""
    try:
        if name == "requests":
            return await _clicked(crm)
        return await METHODS[name](crm, known)
    except SAID as error:
        return str(error)


async def known(crm: Odoo) -> Known:
    return await furnished(
        crm,
        pipeline=OdooHarness.pipeline,
        stage=OdooHarness.first_stage,
        user=OdooHarness.boris,
        since="2026-01-01T00:00:00+00:00",
        x_kpp="gold",
    )


async def replayed(name: str, tape: Tape, bend: Bend, known: Known) -> Any:
    async with Replay(tape, bend).open() as url:
        crm = Odoo(settings(url, timeout=5.0))
        try:
            return await asked(name, crm, known)
        finally:
            await crm.close()


async def test_an_odd_answer_is_told_in_words_by_every_method(connect: Connect, gate: Gate) -> None:
    there, tapes = await known(connect()), dict[str, Tape]()
    for name in (*METHODS, "requests"):
        gate.tape.clear()
        await asked(name, connect(), there)
        tapes[name] = list(gate.tape)

    @given(st.sampled_from(sorted(tapes)), bends())
    @rules(max_examples=200, suppress_health_check=list(HealthCheck))
    def told(name: str, bend: Bend) -> None:
        result = asyncio.run(replayed(name, tapes[name], bend, there))
        assert isinstance(result, str) or strange_ids(result) == []

    await asyncio.to_thread(told)


ODD_ROWS: Final[list[Any]] = [None, False, {}, "x", [None], [{}], [{"id": None}], [{"id": True}]]


@pytest.mark.parametrize("result", ODD_ROWS)
async def test_odd_rows_are_no_answer_that_nobody_has_the_number(result: Any) -> None:
    def bent(answer: Any) -> Any:
        rows = answer["result"] == "rows"
        return {**answer, "result": result} if rows else answer

    params = {"service": "common", "method": "authenticate", "args": []}
    fields = {name: {"type": "char"} for name in ("name", "phone")}
    tape: Tape = [
        (params, {"result": 2}),
        (_executed("res.partner", "fields_get"), {"result": fields}),
        (_executed("res.partner", "search_read"), {"result": "rows"}),
    ]
    async with Replay(tape, bent).open() as url:
        crm = Odoo(settings(url))
        with pytest.raises(CrmUnavailable, match="the answer is none that we know"):
            await crm.find_contacts(Search(phone=made.CLIENT))
        await crm.close()


@pytest.mark.parametrize("ids", [None, [], [None], ["x"], {}, 7])
async def test_a_row_whose_id_is_not_told_may_be_there(
    connect: Connect, gate: Gate, ids: Any
) -> None:
    async with gate.trouble(gate.odd({"ids": ids, "messages": []}), ("crm.lead", "load")):
        outcome = await connect().create_lead(made.lead(), made.key())
    assert (outcome.verdict, outcome.result) == (Verdict.UNCLEAR, None)


def _executed(model: str, method: str) -> dict[str, Any]:
    return {"service": "object", "method": "execute_kw", "args": ["", 2, "", model, method]}
