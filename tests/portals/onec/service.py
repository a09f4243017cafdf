"""The HTTP service over the infobase."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from tests.portals.onec.base import Base
from tests.portals.onec.requests import (
    CALL,
    CHANGED_LEAD,
    NEW_LEAD,
    RECORDING,
    TASK,
    Good,
    Refused,
    Row,
    taken,
)

_BOM: Final = "\ufeff"
_ROOT: Final = "/ut/hs/pbx/v1"


class Service:
    """`login` and `password` of the infobase user, Cyrillic as they often are."""

    def __init__(self, base: Base, login: str, password: str) -> None:
        self.base = base
        self._let_in = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()

    def app(self, *middlewares: Any) -> web.Application:
        app = web.Application(middlewares=[*middlewares, self._guard], client_max_size=2**26)
        get, post = web.get, web.post
        app.add_routes(
            [
                get(f"{_ROOT}/ping", self._ping),
                get(f"{_ROOT}/client", self._client),
                get(f"{_ROOT}/users", self._users),
                get(f"{_ROOT}/leads", self._leads),
                get(f"{_ROOT}/events/{{event}}", self._event),
                post(f"{_ROOT}/leads", self._add_lead),
                web.patch(f"{_ROOT}/leads/{{id}}", self._change_lead),
                post(f"{_ROOT}/calls", self._add_call),
                post(f"{_ROOT}/calls/{{id}}/recording", self._add_recording),
                post(f"{_ROOT}/tasks", self._add_task),
            ]
        )
        return app

    @property
    def _guard(self) -> Any:
        @web.middleware
        async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
            if request.headers.get("Authorization") != self._let_in:
                return web.Response(status=401, text="<html>401.5</html>", content_type="text/html")
            try:
                answer: web.StreamResponse = await handler(request)
                return answer
            except Refused as error:
                said = {"ok": False, "code": error.code, "message": str(error)}
                return _json(said, error.status)
            except (KeyError, ValueError):  # an unhandled exception of the module
                return web.Response(status=500, text="{ОбщийМодуль.ПрочитатьJSON(12)}")

        return guard

    async def _ping(self, request: web.Request) -> web.Response:
        return _json({"ok": True, "config": "УправлениеТорговлей", "version": "11.5", "ext": "1.0"})

    async def _client(self, request: web.Request) -> web.Response:
        return _json(self.base.client(request.query["phone"]))

    async def _users(self, request: web.Request) -> web.Response:
        return _json({"users": list(self.base.users.values())})

    async def _leads(self, request: web.Request) -> web.Response:
        query = request.query
        return _json({"leads": self.base.found_leads(query.get("phone"), query.get("id"))})

    async def _event(self, request: web.Request) -> web.Response:
        id = self.base.processed.get(request.match_info["event"])
        if id is None:
            raise Refused(404, "not_found", "Событие не обработано")
        return _json({"ok": True, "id": id})

    async def _add_lead(self, request: web.Request) -> web.Response:
        given = await _given(request, NEW_LEAD)
        id = self.base.once(given["event_id"], lambda: self.base.add_lead(given))
        return _json({"id": id, "created": True})

    async def _change_lead(self, request: web.Request) -> web.Response:
        given = await _given(request, CHANGED_LEAD)
        return _json({"id": self.base.change_lead(request.match_info["id"], given)})

    async def _add_call(self, request: web.Request) -> web.Response:
        given = await _given(request, CALL)
        id = self.base.once(given["event_id"], lambda: self.base.add_call(given))
        document = {"type": "ТелефонныйЗвонок", "id": id, "number": "000000123"}
        return _json({"ok": True, "document": document})

    async def _add_recording(self, request: web.Request) -> web.Response:
        call = request.match_info["id"]
        if request.content_type == "application/json":
            given = await _given(request, RECORDING)
            event, content = given["event_id"], given["url"]
        else:
            event = taken(dict(request.query), {"event_id": RECORDING["event_id"]})["event_id"]
            content = await request.read()
        id = self.base.once(event, lambda: self.base.add_recording(call, event, content))
        return _json({"ok": True, "id": id})

    async def _add_task(self, request: web.Request) -> web.Response:
        given = await _given(request, TASK)
        return _json({"id": self.base.once(given["event_id"], lambda: self.base.add_task(given))})


async def _given(request: web.Request, fields: Mapping[str, Good]) -> Row:
    return taken(await request.json(), fields)


def _json(data: object, status: int = 200) -> web.Response:
    """UTF-8 with a mark before it, whatever the header claims."""
    text = _BOM + json.dumps(data, ensure_ascii=False)
    return web.Response(
        body=text.encode(), status=status, headers={"Content-Type": "application/json"}
    )
