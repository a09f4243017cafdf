"""What the call itself has no place for (a further recording, a later rating, its path): comments
in the timeline of the call's client.

The portal keeps no key of a comment and searches comments by their entity only, so each carries a
mark of its key in its text. Source: Bitrix24 REST documentation, `crm.timeline.comment.add`.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

from bridge.crm.bitrix24.client import Ask, Client, Command
from bridge.crm.keys import mark
from bridge.crm.trouble import Trouble, refused, unplaced
from bridge.domain.entities import EntityRef

_GONE: Final = ("owner_not_found", "not_found")
_MEGABYTE: Final = 1_000_000


class Comments:
    """Every method raises Trouble."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def find(self, entity: EntityRef, key: str) -> str | None:
        """The id of the comment that was made under this key."""
        asked = {
            "filter": {"ENTITY_ID": entity.id, "ENTITY_TYPE": entity.kind.value},
            "order": {"ID": "DESC"},
            "select": ["ID", "COMMENT"],
        }
        lists = await self._client.lists({"rows": ("crm.timeline.comment.list", asked)})
        wanted = mark(key)
        found = (row for row in lists["rows"] if wanted in str(row.get("COMMENT")))
        return next((str(row["ID"]) for row in found), None)

    async def add(self, entity: EntityRef, file: Path | str, key: str) -> str:
        """A recording. The id of the comment, or of the one that was made under this key before."""
        return await self.find(entity, key) or await self._put(entity, await self._what(file, key))

    async def say(self, entity: EntityRef, text: str, key: str) -> str:
        """As `add`, with words alone."""
        return await self.find(entity, key) or await self._put(entity, _words(text, key))

    async def _put(self, entity: EntityRef, what: dict[str, Any]) -> str:
        try:
            return await self._add(_adding(entity, what))
        except Trouble as error:
            if error.code in _GONE:
                raise unplaced(f"{entity.kind} {entity.id} is no more in the portal") from error
            raise

    async def _add(self, adding: Command) -> str:
        ask = Ask(writes=True, deadline=self._client.settings.upload_timeout)
        return str(await self._client.call(*adding, ask))

    async def _what(self, file: Path | str, key: str) -> dict[str, Any]:
        settings = self._client.settings.further
        words = f"{settings.words} {mark(key)}"
        if isinstance(file, str):
            return {"COMMENT": f"{words}\n{file}"}
        content = await asyncio.to_thread(_content, file, settings.megabytes)
        return {"COMMENT": words, "FILES": [[file.name, content]]}


def saying(entity: EntityRef, text: str, key: str) -> Command:
    """As `Comments.say` without looking first: for what is certain to be said the first time."""
    return _adding(entity, _words(text, key))


def _words(text: str, key: str) -> dict[str, Any]:
    return {"COMMENT": f"{text} {mark(key)}"}


def _adding(entity: EntityRef, what: dict[str, Any]) -> Command:
    fields = {"ENTITY_ID": entity.id, "ENTITY_TYPE": entity.kind.value, **what}
    return "crm.timeline.comment.add", {"fields": fields}


def _content(file: Path, megabytes: float) -> str:
    """In base64. Raises Trouble when it cannot be read, or is more than a comment should hold."""
    try:
        if file.stat().st_size > megabytes * _MEGABYTE:
            raise unplaced(f"it has more than {megabytes:g} MB, see `further.megabytes`")
        return b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise refused(f"{file.name} cannot be read ({error.strerror})") from error
