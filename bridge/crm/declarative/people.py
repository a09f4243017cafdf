"""Who works in a described CRM, and what they are told and asked to do."""

from __future__ import annotations

from dataclasses import asdict

from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.lists import Lists
from bridge.crm.declarative.required import Required, entity_facts
from bridge.crm.declarative.search import Searcher
from bridge.crm.declarative.writing import Writer
from bridge.crm.trouble import refused
from bridge.domain.commands import CreateTask
from bridge.domain.entities import EntityRef, User


class People:
    """Every method raises Trouble."""

    def __init__(
        self, client: Client, search: Searcher, lists: Lists, required: Required, writer: Writer
    ) -> None:
        self._client = client
        self._described = client.described
        self._search = search
        self._lists = lists
        self._required = required
        self._writer = writer

    async def users(self) -> list[User]:
        return await self._lists.users()

    async def deal_users(self, id: str) -> list[User]:
        """Who is no user of the CRM any more is named by the id alone."""
        ids = await self._search.deal_users(id)
        known = {user.id: user for user in await self._lists.users()}
        return [known.get(each, User(id=each)) for each in ids]

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str:
        tasks = self._described.tasks
        if tasks is None:
            raise refused(f"{self._described.crm} is described without tasks")
        entities = (entity,) if entity else ()
        await self._required.check(tasks.create, task.owner, entities, None)
        facts = {
            "task": {"title": task.title, "owner": task.owner, "fields": task.fields},
            "entity": asdict(entity) if entity else None,
            "key": key,
            **entity_facts(entities),
        }
        return await self._writer.once("create task", tasks.create, tasks.find, facts, key)

    async def notify(self, user: str, text: str) -> str:
        write = self._required.named(self._described.notify, "notify")
        await self._lists.check_user(user)
        answer = await self._client.send(
            write, {"user": user, "text": text}, Ask(name="notify", writes=True)
        )
        return str(answer.status)
