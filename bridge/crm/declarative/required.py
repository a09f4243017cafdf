"""What a description requires to be there before something is written: users, entities, a call."""

from __future__ import annotations

from typing import Any

from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.lists import Lists
from bridge.crm.declarative.requests import Write
from bridge.crm.declarative.search import Searcher
from bridge.crm.trouble import refused
from bridge.domain.entities import EntityKind, EntityRef


class Required:
    def __init__(self, client: Client, search: Searcher, lists: Lists) -> None:
        self._client = client
        self._described = client.described
        self._search = search
        self._lists = lists

    def named(self, write: Write | None, name: str) -> Write:
        """Raises Trouble for a request that the CRM is described without."""
        if write is None:
            raise refused(f"{self._described.crm} is described without `{name}`")
        return write

    async def check(
        self, write: Write, user: str | None, entities: tuple[EntityRef, ...], call: str | None
    ) -> None:
        """By the `checks` of this write. Raises Trouble for the first that is not there."""
        if "user" in write.checks:
            await self._lists.check_user(user)
        if "entities" in write.checks:
            described = [each for each in entities if self._described.entity(each.kind)]
            for entity in described:
                if not await self._search.exists(entity):
                    raise refused(f"there is no {entity.kind} {entity.id!r}")
        get = self._described.calls.get
        if "call" in write.checks and get is not None:
            ask = Ask(name="find call")
            if not await self._client.rows(get, {"asked": call}, ask):
                raise refused(f"there is no call {call!r}")


def entity_facts(entities: tuple[EntityRef, ...]) -> dict[str, Any]:
    """`entities` in their order, and `ids` of each kind."""
    ids = {str(kind): [each.id for each in entities if each.kind is kind] for kind in EntityKind}
    plain = [{"kind": str(each.kind), "id": each.id} for each in entities]
    return {"entities": plain, "ids": ids}
