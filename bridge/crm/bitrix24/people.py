"""Users with their extensions, the users of a deal, tasks and notices."""

from __future__ import annotations

from typing import Any, Final

from bridge.crm.bitrix24.answers import made_id
from bridge.crm.bitrix24.client import READ, WRITE, Ask, Client, Command
from bridge.crm.bitrix24.entities import LETTERS, Row, person, reference
from bridge.crm.extensions import each_once, listed
from bridge.crm.keys import Keys, mark
from bridge.crm.limiter import Priority
from bridge.crm.php import as_list, as_map
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import CreateTask, Verdict
from bridge.domain.entities import EntityRef, User

DEALS: Final = 2
_QUIET: Final = Ask(priority=Priority.PRELOAD)
_EVERYBODY: Final = 400  # pages of fifty
_EMPLOYEES: Final = {"ACTIVE": True, "USER_TYPE": "employee"}
_TASK_FIELDS: Final = {"comment": "DESCRIPTION", "deadline": "DEADLINE", "priority": "PRIORITY"}
_OWN: Final = "asterisk-crm-bridge"


class People:
    """Every method raises Trouble."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._me: tuple[str, str] | None = None  # whose login, and the id by `profile`

    async def users(self) -> list[User]:
        """Everyone at work, by id. An answer with nobody in it, or with fewer than the portal
        counts, is no answer: it must never wipe what is known of extensions."""
        asked = {"FILTER": _EMPLOYEES, "SORT": "ID", "ORDER": "ASC"}
        commands = {"users": ("user.get", asked)}
        lists = await self._client.lists(commands, _QUIET, pages=_EVERYBODY, whole=True)
        rows = lists["users"]
        if not rows:
            raise Trouble(Verdict.TRY_LATER, "user.get: the portal named no users")
        return each_once(map(_user, rows))

    async def deal_users(self, id: str) -> list[User]:
        """The deal's owner, then its observers."""
        if not id.isdecimal():
            raise refused(f"there is no deal {id!r}")
        answer = await self._client.call("crm.item.get", {"entityTypeId": DEALS, "id": int(id)})
        item = as_map(as_map(answer).get("item"))
        ids = [item.get("assignedById"), *as_list(item.get("observers"))]
        wanted = list(dict.fromkeys(filter(None, map(reference, ids))))
        asked = {"user.get": ("user.get", {"FILTER": {"@ID": wanted}})}
        rows = (await self._client.lists(asked, READ))["user.get"]
        known = {user.id: user for user in map(_user, rows)}
        return [known.get(each, User(id=each)) for each in wanted]

    async def anyone(self, user: str | None) -> str:
        """`user`, or whose are the calls of nobody. Raises Trouble for what is no user's id."""
        if user is not None and not user.isdecimal():
            raise refused(f"{user!r} is no id of a user of the portal; ids are numbers")
        return user or self._client.settings.default_user or await self.authorised()

    async def left(self, user: str) -> bool:
        """Whether this user was at work once, and is no more."""
        asked = {"FILTER": {"ID": user}}
        rows = as_list(await self._client.call("user.get", asked))
        return bool(rows) and not any(_user(row).active for row in rows)

    async def authorised(self) -> str:
        """The user whose rights we have."""
        whose = await self._whose()
        if self._me is None or self._me[0] != whose:
            answer = as_map(await self._client.call("profile", {}))
            self._me = await self._whose(), made_id("profile", answer.get("ID"))
        return self._me[1]

    async def _whose(self) -> str:
        """An installation by another user changes it."""
        return "" if self._client.webhook else (await self._client.tokens.kept()).user

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str:
        async with self._keys.one_at_a_time(key):
            return await self.find_task(key) or await self._add_task(task, entity, key)

    async def find_task(self, key: str) -> str | None:
        method, asked = task_of(key)
        return found_task(await self._client.call(method, asked))

    async def notify(self, user: str, text: str, tag: str | None = None) -> str:
        """A notice; another one with the same tag (or text) takes its place."""
        asked = {
            "USER_ID": await self.anyone(user),
            "MESSAGE": text,
            "TAG": f"{_OWN}:{tag or mark(text)}",
            "CLIENT_ID": _OWN,
        }
        made = await self._client.call("im.notify.system.add", asked, WRITE)
        if made is False:
            raise refused(f"there is no user {user} to notify")
        return str(made)

    async def _add_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str:
        if unknown := sorted(set(task.fields) - set(_TASK_FIELDS)):
            known = ", ".join(_TASK_FIELDS)
            raise refused(f"a task has no field {', '.join(unknown)}; it has: {known}")
        bound = {"UF_CRM_TASK": [f"{LETTERS[entity.kind]}_{entity.id}"]} if entity else {}
        fields = {
            "TITLE": f"{task.title} {mark(key)}",
            "RESPONSIBLE_ID": await self.anyone(task.owner),
            "XML_ID": key,
            **bound,
            **{_TASK_FIELDS[word]: value for word, value in task.fields.items()},
        }
        made = await self._client.call("tasks.task.add", {"fields": fields}, WRITE)
        return made_id("tasks.task.add", as_map(as_map(made).get("task")).get("id"))


def task_of(key: str) -> Command:
    asked = {"filter": {"%TITLE": mark(key)}, "select": ["ID", "TITLE"]}
    return "tasks.task.list", asked


def found_task(answer: Any) -> str | None:
    rows = as_list(as_map(answer).get("tasks"))
    return str(rows[0]["id"]) if rows else None


def _user(row: Row) -> User:
    return User(
        id=str(row["ID"]),
        name=person(row),
        extensions=listed(str(row.get("UF_PHONE_INNER") or "")),
        email=row.get("EMAIL") or None,
        active=row.get("ACTIVE") in (True, "Y", "1", 1),
    )
