"""Pipelines with their statuses, custom fields and what the account allows: read now and then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from bridge.crm.amocrm.client import FIRST, Client
from bridge.crm.amocrm.entities import PLURAL
from bridge.crm.amocrm.shapes import ACCOUNT, rows
from bridge.crm.shapes import Row
from bridge.crm.trouble import refused
from bridge.domain.entities import Dictionaries, EntityKind

T = TypeVar("T")

WON: Final = "142"
LOST: Final = "143"
CLOSED: Final = (WON, LOST)
_PIPELINES: Final = "leads/pipelines"
_UNSORTED: Final = 1  # type of the status before the first


class Dictionary:
    """Raises Trouble when the account does not answer and nothing is remembered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._remembered: dict[str, tuple[float, Any]] = {}

    async def dictionaries(self, *, anew: bool = False) -> Dictionaries:
        async def read() -> Dictionaries:
            answer = await self._client.get(_PIPELINES, rows("pipelines"), {}, FIRST)
            return _shown(answer["_embedded"]["pipelines"])

        return await self._remember("pipelines", read, anew=anew)

    async def account(self) -> Row:
        async def read() -> Row:
            asked = {"with": "task_types,is_api_filter_enabled"}
            found: Row = await self._client.get("account", ACCOUNT, asked, FIRST)
            return found

        return await self._remember("account", read)

    async def filters(self) -> bool:
        """Whether lists of entities may be filtered."""
        return bool((await self.account())["is_api_filter_enabled"])

    async def fields(self, kind: EntityKind) -> dict[str, Row]:
        """The custom fields by id."""

        async def read() -> dict[str, Row]:
            path = f"{PLURAL[kind]}/custom_fields"
            known = await self._client.rows(path, "custom_fields", {}, FIRST)
            return {str(row["id"]): row for row in known}

        return await self._remember(f"fields {PLURAL[kind]}", read)

    async def pipeline(self, id: str) -> dict[str, str]:
        """The statuses of a pipeline, first to last. Raises Trouble for one that is not there."""
        for anew in (False, True):
            stages = (await self.dictionaries(anew=anew)).stages
            if id in stages:
                return stages[id]
        raise refused(f"there is no pipeline {id!r}; the account has: {', '.join(stages)}")

    async def first_pipeline(self) -> str:
        pipelines = (await self.dictionaries()).pipelines
        if not pipelines:
            raise refused("the account has no pipeline")
        return next(iter(pipelines))

    async def pipeline_of(self, stage: str) -> str | None:
        """The pipeline that a status belongs to; None for those of every pipeline. Raises Trouble
        for a status that none has."""
        if stage in CLOSED:
            return None
        for anew in (False, True):
            stages = (await self.dictionaries(anew=anew)).stages
            for pipeline, known in stages.items():
                if stage in known:
                    return pipeline
        raise refused(f"no pipeline has a stage {stage!r}")

    async def _remember(
        self, name: str, read: Callable[[], Awaitable[T]], *, anew: bool = False
    ) -> T:
        now = self._client.now()
        at, value = self._remembered.get(name, (None, None))
        if at is None or anew or now - at > self._client.settings.refresh:
            value = await read()
            self._remembered[name] = (now, value)
        found: T = value  # type: ignore[assignment]
        return found


def _shown(pipelines: list[Row]) -> Dictionaries:
    """The main pipeline first."""
    working = [row for row in pipelines if not row["is_archive"]]
    ordered = sorted(working, key=lambda row: (not row["is_main"], row["sort"] or 0))
    return Dictionaries(
        pipelines={str(row["id"]): row["name"] for row in ordered},
        stages={str(row["id"]): _stages(row) for row in ordered},
    )


def _stages(pipeline: Row) -> dict[str, str]:
    usual = [row for row in pipeline["_embedded"]["statuses"] if row["type"] != _UNSORTED]
    ordered = sorted(usual, key=lambda row: (str(row["id"]) in CLOSED, row["sort"] or 0))
    return {str(row["id"]): row["name"] for row in ordered}
