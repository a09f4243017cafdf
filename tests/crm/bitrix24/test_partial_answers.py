"""Users on several pages, of which the portal leaves some out: what was known stays known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.crm.bitrix24 import Bitrix24, Bitrix24Settings
from bridge.outbox.users import users_of

FIRST: list[dict[str, Any]] = [
    {"ID": str(id), "ACTIVE": True, "UF_PHONE_INNER": f"{100 + id}"} for id in range(50)
]
SECOND: list[dict[str, Any]] = [{"ID": "50", "ACTIVE": True, "UF_PHONE_INNER": "150"}]
MORE = {"result_next": {"users": 50}}
COUNTED = {"result_total": {"users": 51}}

# What happened → the pages as the portal answers them, and how many of 51 are known afterwards.
PAGES: dict[str, tuple[list[dict[str, Any]], int]] = {
    "all are there": ([{"users": FIRST, **MORE, **COUNTED}, {"users": SECOND, **COUNTED}], 51),
    "the second has no rows": ([{"users": FIRST, **MORE, **COUNTED}, {"users": []}], 51),
    "no second is told of": ([{"users": FIRST, **COUNTED}], 51),
    "somebody left": ([{"users": FIRST, **MORE, **COUNTED}, {"result_total": {"users": 50}}], 50),
    "nothing is counted": ([{"users": FIRST}], 50),
}


@pytest.mark.parametrize("what", PAGES)
async def test_a_page_that_is_missing_wipes_nobody(tmp_path: Path, what: str) -> None:
    pages, known = PAGES[what]
    answers = iter(pages)

    async def batch(_: web.Request) -> web.Response:
        page = dict(next(answers))
        return web.json_response({"result": {"result": {"users": page.pop("users", [])}, **page}})

    app = web.Application()
    app.router.add_post("/{any:.*}", batch)
    before: dict[str, str] = {row["UF_PHONE_INNER"]: row["ID"] for row in FIRST + SECOND}
    async with TestServer(app) as server:
        said = {"webhook": str(server.make_url("/rest/1/f00dcafe/")), "folder": tmp_path}
        crm = Bitrix24(Bitrix24Settings.model_validate(said))
        assert len(await users_of(crm, {}, before)) == known
        await crm.close()
