"""Users and reference lists, remembered for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from bridge.crm.declarative.answers import every_in
from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.expressions import is_path
from bridge.crm.declarative.rows import Reader
from bridge.crm.limiter import Priority
from bridge.crm.remembered import Remembered
from bridge.crm.trouble import refused
from bridge.domain.entities import Dictionaries, User

_FRESH: Final = 300.0  # seconds
_AGAIN: Final = 10.0  # seconds before a stranger makes us read the users again


class Lists:
    """Every method raises Trouble. `now` is a monotonic clock in seconds."""

    def __init__(
        self, client: Client, reader: Reader, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._described = client.described
        self._reader = reader
        self._now = now
        self._users: tuple[float, list[User]] = (float("-inf"), [])
        self._remembered = Remembered(now, _FRESH)

    async def users(self) -> list[User]:
        described = self._described.users
        if described is None:
            return []
        rows = await self._client.rows(described, {}, Ask(name="users", priority=Priority.PRELOAD))
        read = (self._reader.user(described.row, row) for row in rows)
        found = [user for user in read if user is not None]
        self._users = self._now(), found
        return found

    async def check_user(self, id: str | None) -> None:
        """Refuses who is no user of the CRM; nobody is checked where users are not described."""
        if not id or self._described.users is None:
            return
        read_at, known = self._users
        age = self._now() - read_at
        stranger = id not in [user.id for user in known]
        if age > _FRESH or (stranger and age > _AGAIN):
            known = await self.users()
        if id not in [user.id for user in known]:
            raise refused(f"there is no user {id!r} in {self._described.crm}")

    async def dictionaries(self) -> Dictionaries:
        return await self._remembered.get("lists", self._read_lists)

    async def _read_lists(self) -> Dictionaries:
        lists = self._described.dictionaries
        data: Any = None
        if lists.read is not None:
            answer = await self._client.send(lists.read, {}, Ask(name="dictionaries"))
            data = answer.data
        return Dictionaries(
            pipelines=_flat(lists.pipelines, data),
            stages=_nested(lists.stages, data),
            lists=_nested(lists.lists, data),
        )

    async def placed(self, pipeline: str, stage: str | None) -> tuple[str, str]:
        """The pipeline, or the CRM's first, and a stage of it, or its first."""
        lists = await self.dictionaries()
        if not (lists.pipelines or pipeline):
            return "", stage or ""  # this CRM has none
        pipeline = pipeline or next(iter(lists.pipelines), "")
        stages = lists.stages.get(pipeline, {})
        if pipeline not in lists.pipelines:
            known = ", ".join(lists.pipelines) or "none"
            raise refused(f"there is no pipeline {pipeline!r}; there is: {known}")
        stage = stage or next(iter(stages), "")
        if stages and stage not in stages:
            raise refused(f"pipeline {pipeline!r} has no stage {stage!r}: {', '.join(stages)}")
        return pipeline, stage

    async def check_stage(self, stage: str) -> None:
        """Refuses a stage that no pipeline has, where stages are described."""
        stages = (await self.dictionaries()).stages
        if stages and not any(stage in some for some in stages.values()):
            raise refused(f"no pipeline has a stage {stage!r}")


def _flat(written: str | Mapping[str, str], data: Any) -> dict[str, str]:
    found = _read(written, data)
    return {str(id): str(name) for id, name in found.items()}


def _nested(written: str | Mapping[str, Mapping[str, str]], data: Any) -> dict[str, dict[str, str]]:
    found = _read(written, data)
    return {
        str(id): {str(one): str(name) for one, name in inside.items()}
        for id, inside in found.items()
        if isinstance(inside, Mapping)
    }


def _read(written: Any, data: Any) -> Mapping[str, Any]:
    if not isinstance(written, str) or not is_path(written):
        return written if isinstance(written, Mapping) else {}
    found = every_in(written, data, "dictionaries")
    return found[0] if found and isinstance(found[0], Mapping) else {}
