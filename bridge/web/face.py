"""The port of a CRM over HTTP: the built-in CRM for programs of others, and the protocol that a
self-written CRM can speak to be a destination (config/connectors/plain.yml, docs/connectors.md).

One address for each kind of thing (bridge/web/port.py), in the words of bridge/domain/entities.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bridge.domain.commands import CreateTask, Outcome, Verdict
from bridge.domain.ports import Crm, PhoneChange, Search
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.web import asked
from bridge.web.answers import as_json, error
from bridge.web.bodies import as_object
from bridge.web.port import BELOW
from bridge.web.told import Handler, items_of, outcome_of, plain, told
from bridge.web.uploads import SUFFIXES, save

_MOST_CHANGES: Final = 200  # of one answer

Find = Callable[[Search], Awaitable[Any]]
Routes = dict[tuple[str, str], Handler]


class Face:
    """Handlers over one CRM. A body that is not what it must be is 400, in words. Recordings that
    are sent here are kept in `folder`."""

    def __init__(self, crm: Crm, folder: Path) -> None:
        self._crm = crm
        self._folder = folder

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route(method, f"{BELOW}/{path}", told(handler))
            for (method, path), handler in (self._entities() | self._others()).items()
        ]

    def _entities(self) -> Routes:
        crm = self._crm
        return {
            ("GET", "contacts"): self._find(crm.find_contacts),
            ("POST", "contacts"): self._make(crm.create_contact),
            ("PATCH", "contacts/{id}"): self._change(crm.update_contact),
            ("GET", "companies"): self._find(crm.find_companies),
            ("POST", "companies"): self._make(crm.create_company),
            ("PATCH", "companies/{id}"): self._change(crm.update_company),
            ("GET", "leads"): self._find(crm.find_leads),
            ("POST", "leads"): self.create_lead,
            ("PATCH", "leads/{id}"): self._change(crm.update_lead),
            ("GET", "deals"): self._find(crm.find_deals),
            ("POST", "deals"): self.create_deal,
            ("PATCH", "deals/{id}"): self._change(crm.update_deal),
            ("GET", "deals/{id}/users"): self.deal_users,
        }

    def _others(self) -> Routes:
        return {
            ("GET", "lookup"): self.lookup,
            ("GET", "phones"): self.phones,
            ("GET", "changes"): self.changes,
            ("GET", "users"): self.users,
            ("GET", "dictionaries"): self.dictionaries,
            ("GET", "made"): self.made,
            ("POST", "calls"): self.log_call,
            ("POST", "calls/{id}/recordings"): self.attach_recording,
            ("POST", "calls/{id}/entities"): self.attach_call,
            ("POST", "tasks"): self.create_task,
            ("POST", "notices"): self.notify,
            ("POST", "cards"): self.announce,
            ("POST", "cards/{id}/shown"): self.show,
            ("POST", "cards/{id}/hidden"): self.hide,
        }

    async def create_lead(self, request: web.Request) -> web.Response:
        lead = asked.lead(await as_object(request))
        return outcome_of(await self._crm.create_lead(lead, asked.key(request)))

    async def create_deal(self, request: web.Request) -> web.Response:
        fields = asked.texts(await as_object(request))
        pipeline = fields.pop("pipeline", "")
        return outcome_of(await self._crm.create_deal(fields, pipeline, asked.key(request)))

    async def deal_users(self, request: web.Request) -> web.Response:
        return items_of(await self._crm.deal_users(request.match_info["id"]))

    async def lookup(self, request: web.Request) -> web.Response:
        return items_of(await self._crm.lookup(request.query.get("phone", "")))

    async def phones(self, request: web.Request) -> web.Response:
        page = await self._crm.phones(request.query.get("page"))
        items = [{"phone": phone, "match": plain(match)} for phone, match in page.phones]
        return as_json({"items": items, "next": page.next, "since": page.since})

    async def changes(self, request: web.Request) -> web.Response:
        found: list[PhoneChange] = []
        async for change in self._crm.changes(request.query.get("since", "")):
            found.append(change)
            if len(found) >= _MOST_CHANGES:
                break
        return items_of(found)

    async def users(self, request: web.Request) -> web.Response:
        return items_of(await self._crm.users())

    async def dictionaries(self, request: web.Request) -> web.Response:
        return as_json(plain(await self._crm.dictionaries()))

    async def made(self, request: web.Request) -> web.Response:
        """What an earlier write under `key` made."""
        id = await self._crm.find(request.query.get("key", ""))
        return as_json({"id": id}) if id else error(404, "nothing was made")

    async def log_call(self, request: web.Request) -> web.Response:
        given = await as_object(request)
        record = CallRecord.from_json(asked.part(given, "record"))
        entities = tuple(asked.entity(each) for each in given.get("entities") or ())
        user = asked.word(given, "user")
        return outcome_of(await self._crm.log_call(record, user, entities, asked.key(request)))

    async def attach_recording(self, request: web.Request) -> web.Response:
        """The file itself with `recording` in the query, or an object that names its `url`."""
        call, key = request.match_info["id"], asked.key(request)
        if request.content_type != "application/json":
            return await self._keep(request, call, key)
        given = await as_object(request)
        if "://" not in str(given["url"]):
            raise ValueError("url must be a whole address")
        recording = Recording(id=str(given["recording"]), state=RecordingState.READY)
        outcome = await self._crm.attach_recording(call, recording, str(given["url"]), key)
        return outcome_of(outcome)

    async def _keep(self, request: web.Request, call: str, key: str) -> web.Response:
        """Under a name of ours, made of the key: a repeat takes its own place."""
        suffix = SUFFIXES.get(request.content_type)
        if suffix is None:
            raise ValueError(f"a recording is one of {', '.join(SUFFIXES)}")
        recording = Recording(id=request.query["recording"], state=RecordingState.READY)
        file = self._folder / f"{sha256(key.encode()).hexdigest()}{suffix}"
        there = await asyncio.to_thread(file.exists)
        await save(request, file)
        outcome = await self._crm.attach_recording(call, recording, file, key)
        if outcome.verdict is not Verdict.ACCEPTED and not there:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        return outcome_of(outcome)

    async def attach_call(self, request: web.Request) -> web.Response:
        entity = asked.entity(await as_object(request))
        call = request.match_info["id"]
        return outcome_of(await self._crm.attach_call(call, entity, asked.key(request)))

    async def create_task(self, request: web.Request) -> web.Response:
        given = await as_object(request)
        entity = asked.entity(given["entity"]) if given.get("entity") else None
        fields = asked.texts(asked.part(given, "fields") if given.get("fields") else {})
        owner = asked.word(given, "owner")
        task = CreateTask(title=str(given["title"]), owner=owner, fields=fields)
        return outcome_of(await self._crm.create_task(task, entity, asked.key(request)))

    async def notify(self, request: web.Request) -> web.Response:
        given = await as_object(request)
        return outcome_of(await self._crm.notify(str(given["user"]), str(given["text"])))

    async def announce(self, request: web.Request) -> web.Response:
        call = asked.live_call(await as_object(request))
        return outcome_of(await self._crm.announce(call, asked.key(request)))

    async def show(self, request: web.Request) -> web.Response:
        users = tuple(map(str, (await as_object(request)).get("users") or ()))
        return outcome_of(await self._crm.show(request.match_info["id"], users))

    async def hide(self, request: web.Request) -> web.Response:
        users = tuple(map(str, (await as_object(request)).get("users") or ()))
        return outcome_of(await self._crm.hide(request.match_info["id"], users))

    def _find(self, find: Find) -> Handler:
        async def found(request: web.Request) -> web.Response:
            return items_of(await find(asked.search(request.query)))

        return found

    def _make(self, make: Callable[[Mapping[str, str], str], Awaitable[Outcome]]) -> Handler:
        async def made(request: web.Request) -> web.Response:
            return outcome_of(await make(asked.texts(await as_object(request)), asked.key(request)))

        return made

    def _change(self, change: Callable[[str, Mapping[str, str]], Awaitable[Outcome]]) -> Handler:
        async def changed(request: web.Request) -> web.Response:
            fields = asked.texts(await as_object(request))
            return outcome_of(await change(request.match_info["id"], fields))

        return changed
