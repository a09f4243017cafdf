"""Pipelines with their statuses, custom fields and what the account allows: read now and then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from bridge.crm.amocrm.client import FIRST, Client
from bridge.crm.amocrm.entities import PLURAL, Row
from bridge.crm.php import as_list, as_map
from bridge.crm.trouble import refused
from bridge.domain.entities import Dictionaries, EntityKind

T = TypeVar("T")

WON: Final = "142"
LOST: Final = "143"
CLOSED: Final = (WON, LOST)
_UNSORTED: Final = 1  # type of the status before the first


class Dictionary:
    """Raises Trouble when the account does not answer and nothing is remembered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._remembered: dict[str, tuple[float, Any]] = {}

    async def shown(self, *, anew: bool = False) -> Dictionaries:
        async def read() -> Dictionaries:
            return _shown(await self._client.get("leads/pipelines", {}, FIRST))

        return await self._remember("pipelines", read, anew=anew)

    async def account(self) -> Row:
        async def read() -> Row:
            asked = {"with": "task_types,is_api_filter_enabled"}
            return as_map(await self._client.get("account", asked, FIRST))

        return await self._remember("account", read)

    async def filters(self) -> bool:
        """Whether lists of entities may be filtered."""
        return bool((await self.account()).get("is_api_filter_enabled"))

    async def fields(self, kind: EntityKind) -> dict[str, Row]:
        """The custom fields by id."""

        async def read() -> dict[str, Row]:
            path = f"{PLURAL[kind]}/custom_fields"
            rows = await self._client.rows(path, "custom_fields", {}, FIRST)
            return {str(row["id"]): row for row in rows}

        return await self._remember(f"fields {PLURAL[kind]}", read)

    async def pipeline(self, id: str) -> dict[str, str]:
        """The statuses of a pipeline, first to last. Raises Trouble for one that is not there."""
        for anew in (False, True):
            stages = (await self.shown(anew=anew)).stages
            if id in stages:
                return stages[id]
        raise refused(f"there is no pipeline {id!r}; the account has: {', '.join(stages)}")

    async def first_pipeline(self) -> str:
        pipelines = (await self.shown()).pipelines
        if not pipelines:
            raise refused("the account has no pipeline")
        return next(iter(pipelines))

    async def pipeline_of(self, stage: str) -> str | None:
        """The pipeline that a status belongs to; None for those of every pipeline. Raises Trouble
        for a status that none has."""
        if stage in CLOSED:
            return None
        for anew in (False, True):
            stages = (await self.shown(anew=anew)).stages
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


def _shown(answer: Any) -> Dictionaries:
    """The main pipeline first."""
    rows = as_list(as_map(as_map(answer).get("_embedded")).get("pipelines"))
    working = [row for row in rows if not row.get("is_archive")]
    ordered = sorted(working, key=lambda row: (not row.get("is_main"), row.get("sort") or 0))
    return Dictionaries(
        pipelines={str(row["id"]): str(row["name"]) for row in ordered},
        stages={str(row["id"]): _stages(row) for row in ordered},
    )


def _stages(pipeline: Row) -> dict[str, str]:
    rows = as_list(as_map(pipeline.get("_embedded")).get("statuses"))
    usual = [row for row in rows if row.get("type") != _UNSORTED]
    ordered = sorted(usual, key=lambda row: (str(row["id"]) in CLOSED, row.get("sort") or 0))
    return {str(row["id"]): str(row.get("name") or "") for row in ordered}
