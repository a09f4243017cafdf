"""Pipelines with their stages, lead stages, sources and fields: read now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.bitrix24.client import Ask, Client
from bridge.crm.limiter import Priority
from bridge.crm.php import as_list, as_map
from bridge.crm.pipelines import Pipelines, Words
from bridge.crm.remembered import Remembered
from bridge.domain.entities import Dictionaries, EntityKind

DEALS: Final = 2  # entityTypeId
_QUIET: Final = Ask(priority=Priority.PRELOAD)
_LISTS: Final = {"lead_stages": "STATUS", "sources": "SOURCE"}


@dataclass(frozen=True, slots=True)
class Lists:
    """`lost`: the ids of lead stages that end a lead without success."""

    shown: Dictionaries
    lost: tuple[str, ...] = ()


class Dictionary(Pipelines):
    """Raises Trouble when the portal does not answer and nothing is remembered."""

    words = Words(
        has="the portal has", none="the portal shows no pipeline to the user who authorised"
    )

    def __init__(self, client: Client) -> None:
        self._client = client
        self._remembered = Remembered(client.time, client.settings.refresh)

    async def dictionaries(self, *, anew: bool = False) -> Dictionaries:
        return (await self.lists(anew=anew)).shown

    async def lists(self, *, anew: bool = False) -> Lists:
        return await self._remembered.get("lists", self._read_lists, anew=anew)

    async def fields(self, kind: EntityKind) -> dict[str, Any]:
        """The portal's own names of fields → what may be done with them."""

        async def read() -> dict[str, Any]:
            return as_map(await self._client.call(f"crm.{kind.value}.fields", {}))

        return await self._remembered.get(f"fields {kind.value}", read)

    async def _read_lists(self) -> Lists:
        first = await self._client.batch(
            {
                "pipelines": ("crm.category.list", {"entityTypeId": DEALS}),
                **{name: _statuses(entity) for name, entity in _LISTS.items()},
            },
            _QUIET,
        )
        rows = as_list(as_map(first["pipelines"]).get("categories"))
        pipelines = {str(row["id"]): str(row["name"]) for row in rows}
        stages = await self._client.batch(
            {f"p{id}": _statuses(stage_list(id)) for id in pipelines}, _QUIET
        )
        shown = Dictionaries(
            pipelines=pipelines,
            stages={id: _names(stages[f"p{id}"]) for id in pipelines},
            lists={name: _names(first[name]) for name in _LISTS},
        )
        lost = (row for row in as_list(first["lead_stages"]) if row.get("SEMANTICS") == "F")
        return Lists(shown, tuple(str(row["STATUS_ID"]) for row in lost))


def stage_list(pipeline: str) -> str:
    """The dictionary of a pipeline's stages."""
    return "DEAL_STAGE" if pipeline == "0" else f"DEAL_STAGE_{pipeline}"


def _statuses(entity: str) -> tuple[str, dict[str, Any]]:
    return "crm.status.list", {"filter": {"ENTITY_ID": entity}, "order": {"SORT": "ASC"}}


def _names(rows: Any) -> dict[str, str]:
    ordered = sorted(as_list(rows), key=lambda row: int(row.get("SORT") or 0))
    return {str(row["STATUS_ID"]): str(row.get("NAME") or "") for row in ordered}
