"""Users with their extensions, the users of a deal, tasks and notices."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from bridge.crm.extensions import each_once, listed
from bridge.crm.keys import Keys
from bridge.crm.odoo.client import QUIET, WRITE, Client
from bridge.crm.odoo.dictionaries import LEAD, MODELS, PARTNER, Dictionary
from bridge.crm.odoo.entities import Row, reference
from bridge.crm.odoo.loading import make
from bridge.crm.odoo.shapes import message
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import CreateTask, Verdict
from bridge.domain.entities import EntityRef, User

_USERS: Final = "res.users"
_INSIDE: Final = ["share", "=", False]
_TASK_FIELDS: Final = {"comment": "note", "deadline": "date_deadline"}
# What every Odoo has of these; 14 knows no category of calls.
_CALL_TYPE: Final = "mail.mail_activity_data_call"
_SUBJECT: Final = 60


class People:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, keys: Keys) -> None:
        self._client = client
        self._lists = lists
        self._keys = keys
        self._partners: dict[str, str] = {}

    async def users(self) -> list[User]:
        """Everyone at work, by id. An answer with nobody in it is no answer."""
        extension = self._client.settings.extension_field
        known = await self._lists.fields(_USERS)
        fields = [
            "name",
            "email",
            "active",
            "partner_id",
            *([extension] if extension in known else []),
        ]
        rows = await self._client.rows(_USERS, [_INSIDE, ["active", "=", True]], fields, QUIET)
        if not rows:
            raise Trouble(Verdict.TRY_LATER, "res.users: Odoo named no users")
        return each_once(_user(row, extension) for row in rows)

    async def deal_users(self, id: str) -> list[User]:
        """The deal's salesperson, then those of the company who follow it."""
        rows = await self._read(LEAD, id, ["user_id", "message_partner_ids"])
        followers = await self._client.rows(
            _USERS,
            [_INSIDE, ["partner_id", "in", rows["message_partner_ids"]]],
            ["name", "email", "active"],
            order="id",
        )
        owner = rows["user_id"]
        known = {str(row["id"]): _user(row, "") for row in followers}
        named = {str(owner[0]): User(id=str(owner[0]), name=owner[1])} if owner else {}
        return list({**named, **known}.values())

    async def follow(self, deal: str, users: list[str]) -> None:
        """These users and its salesperson follow the deal, and nobody else of the company."""
        wanted = {int(await self.partner(user)) for user in users}
        row = await self._read(LEAD, deal, ["user_id", "message_partner_ids"])
        now = [int(await self.partner(user.id)) for user in await self.deal_users(deal)]
        owner = {int(await self.partner(str(row["user_id"][0])))} if row["user_id"] else set()
        if gone := sorted(set(now) - wanted - owner):
            await self._client.call(LEAD, "message_unsubscribe", [int(deal)], gone, ask=WRITE)
        if new := sorted(wanted - set(row["message_partner_ids"])):
            await self._client.call(LEAD, "message_subscribe", [int(deal)], new, ask=WRITE)

    async def anyone(self, user: str | None) -> str:
        """`user`, or whose are the calls of nobody. Raises Trouble for what is no user's id."""
        if user is not None and not user.isdecimal():
            raise refused(f"there is no user {user!r}: ids of Odoo are numbers")
        return user or self._client.settings.default_user or str(await self._client.me())

    async def partner(self, user: str) -> str:
        """As whom a user writes and is written to."""
        if user not in self._partners:
            if not user.isdecimal():
                raise refused(f"there is no user {user!r}: ids of Odoo are numbers")
            row = await self._read(_USERS, user, ["partner_id"])
            partner = reference(row["partner_id"])
            if partner is None:
                raise Trouble(Verdict.TRY_LATER, f"res.users: Odoo names no partner of {user}")
            self._partners[user] = partner
        return self._partners[user]

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str:
        """An activity; one on nothing in particular is on the page of its own user."""
        if unknown := sorted(set(task.fields) - set(_TASK_FIELDS)):
            known = ", ".join(_TASK_FIELDS)
            raise refused(f"a task has no field {', '.join(unknown)}; it has: {known}")
        user = await self.anyone(task.owner)
        model = MODELS[entity.kind] if entity else PARTNER
        columns = {
            "res_model_id/.id": await self._lists.model(model),
            "res_id": entity.id if entity else await self.partner(user),
            "activity_type_id/id": _CALL_TYPE,
            "summary": task.title,
            "user_id/.id": user,
            "date_deadline": datetime.fromtimestamp(self._client.time(), UTC).date().isoformat(),
            **{_TASK_FIELDS[word]: _column(word, value) for word, value in task.fields.items()},
        }
        async with self._keys.one_at_a_time(key):
            return await make(self._client, "mail.activity", columns, key)

    async def notify(self, user: str, text: str) -> str:
        """In the inbox of Odoo, or by e-mail, as the user has chosen."""
        partner = int(await self.partner(user))
        plain = (await self._client.version()).plain_notices
        made = await self._client.call(
            PARTNER,
            "message_notify",
            [partner],
            shape=message,
            ask=WRITE,
            partner_ids=[partner],
            subject=text[:_SUBJECT],
            body=text if plain else escape(text),
        )
        return str(made)

    async def _read(self, model: str, id: str, fields: list[str]) -> Row:
        """One record. Raises Trouble for one that is not there."""
        rows: list[dict[str, Any]] = []
        if id.isdecimal():
            rows = await self._client.rows(model, [["id", "=", int(id)]], fields)
        if not rows:
            raise refused(f"there is no {model} {id!r}")
        return rows[0]


def _user(row: Row, extension: str) -> User:
    return User(
        id=str(row["id"]),
        name=row["name"],
        extensions=listed(str(row.get(extension) or "")),
        email=row["email"] or None,
        active=row["active"],
    )


def _column(word: str, value: str) -> str:
    """A deadline of Odoo is a day: of a moment, that on its own clock."""
    return value.partition("T")[0] if word == "deadline" else escape(value)
