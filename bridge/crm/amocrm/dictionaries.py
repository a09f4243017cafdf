"""Pipelines with their statuses, custom fields and what the account allows: read now and then."""

from __future__ import annotations

from typing import Final

from bridge.crm.amocrm.client import FIRST, Client
from bridge.crm.amocrm.entities import PLURAL
from bridge.crm.amocrm.shapes import ACCOUNT, rows
from bridge.crm.pipelines import Pipelines, Words
from bridge.crm.remembered import Remembered
from bridge.crm.shapes import Row
from bridge.domain.entities import Dictionaries, EntityKind

WON: Final = "142"
LOST: Final = "143"
CLOSED: Final = (WON, LOST)
_PIPELINES: Final = "leads/pipelines"
_UNSORTED: Final = 1  # type of the status before the first


class Dictionary(Pipelines):
    """Raises Trouble when the account does not answer and nothing is remembered."""

    words = Words(has="the account has", none="the account has no pipeline")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._remembered = Remembered(client.now, client.settings.refresh)

    async def dictionaries(self, *, anew: bool = False) -> Dictionaries:
        async def read() -> Dictionaries:
            answer = await self._client.get(_PIPELINES, rows("pipelines"), {}, FIRST)
            return _shown(answer["_embedded"]["pipelines"])

        return await self._remembered.get("pipelines", read, anew=anew)

    async def account(self) -> Row:
        async def read() -> Row:
            asked = {"with": "task_types,is_api_filter_enabled"}
            found: Row = await self._client.get("account", ACCOUNT, asked, FIRST)
            return found

        return await self._remembered.get("account", read)

    async def filters(self) -> bool:
        """Whether lists of entities may be filtered."""
        return bool((await self.account())["is_api_filter_enabled"])

    async def fields(self, kind: EntityKind) -> dict[str, Row]:
        """The custom fields by id."""

        async def read() -> dict[str, Row]:
            path = f"{PLURAL[kind]}/custom_fields"
            known = await self._client.rows(path, "custom_fields", {}, FIRST)
            return {str(row["id"]): row for row in known}

        return await self._remembered.get(f"fields {PLURAL[kind]}", read)

    async def pipeline_of(self, stage: str) -> str | None:
        return None if stage in CLOSED else await super().pipeline_of(stage)


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
