"""Users with their extensions, the users of a deal, tasks, and words for a user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bridge.crm.amocrm.client import Ask, Client
from bridge.crm.amocrm.entities import PLURAL, own, reference
from bridge.crm.amocrm.search import Searcher
from bridge.crm.keys import Keys, mark
from bridge.crm.limiter import Priority
from bridge.crm.phones import several
from bridge.crm.shapes import Row
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import CreateTask, Verdict
from bridge.domain.entities import EntityKind, EntityRef, User

_EVERYBODY: Final = Ask(priority=Priority.LIVE, pages=40)
_RECENT: Final = 4  # pages of tasks that are looked through
_TASK: Final = ("comment", "deadline", "type")


class People:
    """Every method raises Trouble."""

    def __init__(self, client: Client, search: Searcher, keys: Keys) -> None:
        self._client = client
        self._settings = client.settings
        self._search = search
        self._keys = keys

    async def users(self) -> list[User]:
        """Everyone of the account, with the extensions of the settings. An answer with nobody in it
        is no answer."""
        rows = await self._client.rows("users", "users", {}, _EVERYBODY)
        if not rows:
            raise Trouble(Verdict.TRY_LATER, "GET users: the account named nobody")
        return [self._user(row) for row in rows]

    async def deal_users(self, id: str) -> list[User]:
        """The responsible, then who is named in the field of the settings."""
        row = await self._search.one(EntityKind.DEAL, id)
        if row is None:
            raise refused(f"there is no deal {id!r}")
        field = str(self._settings.fields.lead.get("users", ""))
        helpers = several(own(row).get(field, ""))
        wanted = dict.fromkeys(filter(None, [reference(row["responsible_user_id"]), *helpers]))
        known = {user.id: user for user in await self.users()}
        return [known.get(each, User(id=each)) for each in wanted]

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str:
        async with self._keys.one_at_a_time(key):
            made = self._keys.made(key) or await self._find(key, 1)
            if made is None:
                body = self._task(task, f"{task.title} {mark(key)}")
                on = _on(entity) if entity else {}
                made = await self._add({**body, **on})
            self._keys.remember(key, made)
            return made

    async def find_task(self, key: str) -> str | None:
        """Raises Trouble when there are too many to look through."""
        return await self._find(key, _RECENT)

    async def notify(self, user: str, text: str) -> str:
        """A task that is due now: the account tells people nothing else."""
        task = CreateTask(title=text, owner=user)
        now = {"complete_till": int(self._client.now())}
        return await self._add({**self._task(task, text), **now})

    async def _add(self, task: Row) -> str:
        return str((await self._client.made("tasks", "tasks", task))["id"])

    async def _find(self, key: str, pages: int) -> str | None:
        for number in range(1, pages + 1):
            asked = {"order": {"created_at": "desc"}, "page": number}
            rows, more = await self._client.page("tasks", "tasks", asked)
            for row in rows:
                if mark(key) in row["text"]:
                    return str(row["id"])
            if not more or pages == 1:
                return None
        raise refused("too many tasks were made since to find one among them")

    def _task(self, task: CreateTask, text: str) -> Row:
        if unknown := sorted(set(task.fields) - set(_TASK)):
            raise refused(f"a task has no field {', '.join(unknown)}; it has: {', '.join(_TASK)}")
        owner = user_id(task.owner or self._settings.default_user)
        comment = task.fields.get("comment", "")
        return {
            "text": "\n".join(filter(None, [text, comment])),
            "complete_till": self._due(task.fields),
            "task_type_id": _number(task.fields.get("type"), self._settings.task.type),
            **({} if owner is None else {"responsible_user_id": owner}),
        }

    def _due(self, fields: Mapping[str, str]) -> int:
        if "deadline" not in fields:
            return int(self._client.now() + self._settings.task.hours * 3600)
        try:
            return int(datetime.fromisoformat(fields["deadline"]).timestamp())
        except (ValueError, OverflowError):
            detail = f"{fields['deadline']!r} is no moment: write it as 2026-09-21T12:00:00+03:00"
            raise refused(detail) from None

    def _user(self, row: Row) -> User:
        id = str(row["id"])
        extensions = self._settings.extensions.items()
        return User(
            id=id,
            name=row["name"],
            extensions=tuple(extension for extension, user in extensions if user == id),
            email=row["email"] or None,
            active=row["rights"]["is_active"],
        )


def user_id(user: str | None) -> int | None:
    """Raises Trouble for what is no user's id."""
    if user is None:
        return None
    if not user.isdecimal():
        raise refused(f"{user!r} is no id of a user of the account; ids are numbers")
    return int(user)


def _number(value: str | None, usual: int) -> int:
    if value is None:
        return usual
    if not value.isdecimal():
        raise refused(f"there is no type of tasks {value!r}: ids are numbers")
    return int(value)


def _on(entity: EntityRef) -> dict[str, Any]:
    if not entity.id.isdecimal():
        raise refused(f"there is no {entity.kind.value} {entity.id!r}")
    return {"entity_id": int(entity.id), "entity_type": PLURAL[entity.kind]}
