"""The portal over HTTP: `{base}/api/v1/{Entity}`, by an API user's key."""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import web

from tests.portals.espocrm.records import (
    REQUIRED,
    Invalid,
    Record,
    changed,
    double,
    in_a_list,
    made,
)
from tests.portals.espocrm.where import WrongFilter, filters, fits

_MOST: Final = 200  # recordListMaxSizeLimit
_USUAL: Final = 20
# Who is linked with an entity by a field of the other one, or of its own.
_LINKS: Final = {
    ("Contact", "opportunities"): ("Opportunity", "contactId"),
    ("Account", "opportunities"): ("Opportunity", "accountId"),
}
_RELATES: Final = {("Call", "contacts"): "contactsIds", ("Call", "leads"): "leadsIds"}


class Portal:
    def __init__(self, key: str) -> None:
        self._key = key
        self.records: dict[str, dict[str, Record]] = {entity: {} for entity in REQUIRED}

    def put(self, entity: str, **fields: Any) -> str:
        """A record that is there before anybody asks."""
        record = made(entity, fields) | ({"id": fields["id"]} if "id" in fields else {})
        self.records[entity][record["id"]] = record
        return str(record["id"])

    def app(self, *middlewares: Any) -> web.Application:
        app = web.Application(middlewares=[*middlewares, self._let_in], client_max_size=2**26)
        at = "/api/v1/{entity}"
        app.add_routes(
            [
                web.get("/api/v1/App/user", self._user),
                web.get(at, self._list),
                web.post(at, self._create),
                web.get(at + "/{id}", self._one),
                web.put(at + "/{id}", self._update),
                web.patch(at + "/{id}", self._update),
                web.get(at + "/{id}/{link}", self._linked),
                web.post(at + "/{id}/{link}", self._relate),
            ]
        )
        return app

    @property
    def _let_in(self) -> Any:
        @web.middleware
        async def let_in(request: web.Request, handler: Any) -> web.StreamResponse:
            if request.headers.get("X-Api-Key") != self._key:
                return web.Response(status=401)
            try:
                answer: web.StreamResponse = await handler(request)
                return answer
            except Invalid as error:
                data = {"field": error.field, "type": error.kind}
                told = {"label": "validationFailure", "scope": None, "data": data}
                return _failed(400, "validationFailure", {"messageTranslation": told})
            except WrongFilter as error:
                return _failed(400, str(error))
            except KeyError as error:
                return _failed(404, f"Record {error.args[0]} does not exist.")

        return let_in

    async def _list(self, request: web.Request) -> web.Response:
        entity = self._entity(request)
        items = filters(request.query.items())
        found = [each for each in self.records[entity].values() if fits(each, items)]
        return self._page(request, found)

    async def _linked(self, request: web.Request) -> web.Response:
        entity, id = self._entity(request), request.match_info["id"]
        self._record(entity, id)
        other, field = _LINKS[entity, request.match_info["link"]]
        found = [each for each in self.records[other].values() if each.get(field) == id]
        return self._page(request, found)

    async def _user(self, request: web.Request) -> web.Response:
        return _json({"user": {"type": "api"}})

    async def _one(self, request: web.Request) -> web.Response:
        return _json(self._record(self._entity(request), request.match_info["id"]))

    async def _create(self, request: web.Request) -> web.Response:
        entity = self._entity(request)
        record = made(entity, await request.json())
        doubles = double(entity, record, list(self.records[entity].values()))
        if doubles and request.headers.get("X-Skip-Duplicate-Check") != "true":
            return _failed(409, "duplicate", doubles)
        self.records[entity][record["id"]] = record
        # The answer to a new call shows a duration that is not computed yet.
        return _json({**record, "duration": 300} if entity == "Call" else record)

    async def _update(self, request: web.Request) -> web.Response:
        entity, id = self._entity(request), request.match_info["id"]
        record = changed(entity, self._record(entity, id), await request.json())
        self.records[entity][id] = record
        return _json(record)

    async def _relate(self, request: web.Request) -> web.Response:
        entity, id = self._entity(request), request.match_info["id"]
        record = self._record(entity, id)
        field = _RELATES[entity, request.match_info["link"]]
        one = (await request.json())["id"]
        record[field] = list(dict.fromkeys([*(record.get(field) or []), one]))
        return _json(True)

    def _page(self, request: web.Request, found: list[Record]) -> web.Response:
        size = int(request.query.get("maxSize", _USUAL))
        if size > _MOST:
            return _failed(403, f"maxSize should not exceed {_MOST}.")
        start = int(request.query.get("offset", 0))
        rows = [in_a_list(each) for each in found[::-1][start : start + size]]
        return _json({"total": len(found), "list": rows})

    def _entity(self, request: web.Request) -> str:
        entity = request.match_info["entity"]
        if entity not in self.records:
            raise web.HTTPNotFound
        return entity

    def _record(self, entity: str, id: str) -> Record:
        return self.records[entity][id]


def _json(data: object) -> web.Response:
    return web.json_response(text=json.dumps(data, ensure_ascii=False))


def _failed(status: int, reason: str, body: object = None) -> web.Response:
    text = json.dumps(body) if body is not None else ""
    return web.Response(
        status=status,
        text=text,
        headers={"X-Status-Reason": reason},
        content_type="application/json",
    )
