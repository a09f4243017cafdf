"""The portal over HTTP: `{base}/api/v1/{Entity}`, by an API user's key."""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import web

from tests.portals.espocrm import attachments
from tests.portals.espocrm.fields import ENTITIES, known
from tests.portals.espocrm.records import Invalid, Record, Rules, double, shown
from tests.portals.espocrm.rights import Forbidden, Role
from tests.portals.espocrm.where import WrongFilter, checked, filters, fits

_MOST: Final = 200  # recordListMaxSizeLimit
_USUAL: Final = 20
# The field of the other entity that links it with this one.
_LINKS: Final = {
    ("Contact", "opportunities"): ("Opportunity", ("contactId", "contactsIds")),
    ("Account", "opportunities"): ("Opportunity", ("accountId",)),
}
_RELATES: Final = {
    ("Call", "contacts"): ("contactsIds", "Contact"),
    ("Call", "leads"): ("leadsIds", "Lead"),
}
_CLOSED: Final = ("Closed Won", "Closed Lost")
_PRIMARY: Final = {
    ("Opportunity", "open"): lambda row: row["stage"] not in _CLOSED,
    ("Opportunity", "won"): lambda row: row["stage"] == "Closed Won",
    ("Opportunity", "lost"): lambda row: row["stage"] == "Closed Lost",
    ("Lead", "active"): lambda row: row["status"] in ("New", "Assigned", "In Process"),
    ("Lead", "converted"): lambda row: row["status"] == "Converted",
}


class Portal:
    """`role` is what the API user may do, `rules` how this EspoCRM was set up."""

    def __init__(self, key: str, role: Role | None = None, rules: Rules | None = None) -> None:
        self._key = key
        self.role = role or Role()
        self.rules = rules or Rules()
        self.largest = 50 * 1024 * 1024  # bytes; attachmentUploadMaxSize, as it comes
        self.records: dict[str, dict[str, Record]] = {entity: {} for entity in ENTITIES}

    def put(self, entity: str, **fields: Any) -> str:
        """A record that is there before anybody asks."""
        id = fields.pop("id", None)
        record = self.rules.made(entity, fields) | ({"id": id} if id else {})
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
            except Forbidden as error:
                return _failed(403, str(error))
            except KeyError as error:
                return _failed(404, f"Record {error.args[0]} does not exist.")

        return let_in

    async def _list(self, request: web.Request) -> web.Response:
        entity = self._entity(request, "read")
        return self._page(request, entity, list(self.records[entity].values()))

    async def _linked(self, request: web.Request) -> web.Response:
        entity, id = self._entity(request, "read"), request.match_info["id"]
        self._record(entity, id)
        other, fields = _LINKS[entity, request.match_info["link"]]
        self.role.may("read", other)
        found = [
            each
            for each in self.records[other].values()
            if any(_names(each.get(field), id) for field in fields)
        ]
        return self._page(request, other, found)

    async def _user(self, request: web.Request) -> web.Response:
        """Anybody may ask who he is, with no role at all."""
        return _json({"user": {"type": "api"}})

    async def _one(self, request: web.Request) -> web.Response:
        entity = self._entity(request, "read")
        return _json(shown(entity, self._record(entity, request.match_info["id"])))

    async def _create(self, request: web.Request) -> web.Response:
        entity, given = self._entity(request, "create"), await request.json()
        if entity == "Attachment":
            attachments.check(given, self.role, self.largest)
        record = self.rules.made(entity, given)
        self.role.gives(record)
        self._check_links(entity, record)
        doubles = double(entity, record, list(self.records[entity].values()))
        if doubles and request.headers.get("X-Skip-Duplicate-Check") != "true":
            return _failed(409, "duplicate", doubles)
        self.records[entity][record["id"]] = record
        # The answer to a new call shows a length that is not computed yet.
        told = shown(entity, record)
        return _json({**told, "duration": 300} if entity == "Call" else told)

    async def _update(self, request: web.Request) -> web.Response:
        entity, id = self._entity(request, "edit"), request.match_info["id"]
        given = await request.json()
        record = self.rules.changed(entity, self._record(entity, id), given)
        self.role.gives(given)
        self.records[entity][id] = record
        return _json(shown(entity, record))

    async def _relate(self, request: web.Request) -> web.Response:
        entity, id = self._entity(request, "edit"), request.match_info["id"]
        record = self._record(entity, id)
        field, other = _RELATES[entity, request.match_info["link"]]
        one = (await request.json())["id"]
        self._record(other, one)
        record[field] = list(dict.fromkeys([*(record.get(field) or []), one]))
        return _json(True)

    def _check_links(self, entity: str, record: Record) -> None:
        """A note stands on a record that is there, with files that are there. Raises KeyError."""
        if entity == "Note":
            self._record(record["parentType"], record["parentId"])
            for id in record.get("attachmentsIds") or ():
                self._record("Attachment", id)

    def _page(self, request: web.Request, entity: str, found: list[Record]) -> web.Response:
        size = int(request.query.get("maxSize", _USUAL))
        if size > _MOST:
            raise Forbidden(f"Max size should not exceed {_MOST}. Use offset and limit.")
        items = filters(request.query.items())
        checked(items, known(entity, self.rules.without))
        primary = self._primary(entity, request.query.get("primaryFilter"))
        found = [each for each in found if fits(each, items) and primary(each)]
        start = int(request.query.get("offset", 0))
        rows = [shown(entity, each, in_a_list=True) for each in found[::-1][start : start + size]]
        return _json({"total": len(found), "list": rows})

    def _primary(self, entity: str, name: str | None) -> Any:
        if name is None:
            return lambda row: True
        if (entity, name) not in _PRIMARY:
            raise WrongFilter(f"No primary filter '{name}' for '{entity}'.")
        return _PRIMARY[entity, name]

    def _entity(self, request: web.Request, action: str) -> str:
        entity = request.match_info["entity"]
        if entity not in self.records:
            raise web.HTTPNotFound
        self.role.may(action, entity)
        return entity

    def _record(self, entity: str, id: str) -> Record:
        return self.records[entity][id]


def _names(value: object, id: str) -> bool:
    """A link to one, or to several."""
    return id in value if isinstance(value, list) else value == id


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
