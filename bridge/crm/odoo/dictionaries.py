"""Teams with their stages, UTM sources, fields and what else is read now and then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.crm.odoo.client import QUIET, Client
from bridge.crm.odoo.loading import make
from bridge.crm.odoo.shapes import KNOWN
from bridge.crm.pipelines import Pipelines, Words
from bridge.crm.remembered import Remembered
from bridge.crm.shapes import Row
from bridge.crm.trouble import refused
from bridge.domain.entities import Dictionaries, EntityKind

PARTNER, LEAD = "res.partner", "crm.lead"
MODELS: Final[Mapping[EntityKind, str]] = {
    EntityKind.CONTACT: PARTNER,
    EntityKind.COMPANY: PARTNER,
    EntityKind.LEAD: LEAD,
    EntityKind.DEAL: LEAD,
}
LOST: Final = "lost"  # Odoo has no such stage: what is lost is archived
_BOUND: Final = ("team_ids", "team_id")  # to which teams a stage belongs; many in newer versions
_TYPES: Final = "mail.activity.type"
_LISTS: Final = {"sources": "utm.source", "lost_reasons": "crm.lost.reason", "tags": "crm.tag"}


class Dictionary(Pipelines):
    """A pipeline is a team. Raises Trouble when Odoo does not answer and nothing is remembered."""

    words = Words(
        has="Odoo has",
        none="Odoo shows no sales team to the user of `login`",
        pipeline="sales team",
    )

    def __init__(self, client: Client) -> None:
        self._client = client
        self._remembered = Remembered(client.time, client.settings.refresh)

    async def dictionaries(self, *, anew: bool = False) -> Dictionaries:
        return await self._remembered.get("lists", self._read_lists, anew=anew)

    async def fields(self, model: str) -> dict[str, Any]:
        """The names of a model's fields → their type, and whether they may be written."""

        async def read() -> dict[str, Any]:
            wanted = ["type", "readonly"]
            told: dict[str, Any] = await self._client.call(
                model, "fields_get", [], wanted, shape=KNOWN, ask=QUIET
            )
            return told

        return await self._remembered.get(f"fields {model}", read)

    async def phones(self, model: str) -> tuple[str, ...]:
        """The fields of a model that hold numbers: `mobile` is gone in newer versions."""
        known = await self.fields(model)
        return tuple(name for name in ("phone", "mobile") if name in known)

    async def model(self, name: str) -> str:
        """The id of a model."""

        async def read() -> str:
            found = await self._client.ids("ir.model", [["model", "=", name]])
            if not found:
                raise refused(f"this Odoo has no {name}: is its module installed?")
            return str(found[0])

        return await self._remembered.get(f"model {name}", read)

    async def repeat_tag(self) -> str:
        """The id of the tag that marks a repeat request."""
        name = self._client.settings.lead.repeat_tag
        return await self._remembered.get(f"tag {name}", lambda: self._named("crm.tag", name))

    async def known_repeat_tag(self) -> int | None:
        """The same, where it is there: a read makes nothing."""
        name = self._client.settings.lead.repeat_tag
        return await self._found("crm.tag", name)

    async def channel(self) -> str:
        """The id of the channel that lists all calls."""
        name = self._client.settings.calls.channel
        model = (await self._client.version()).channel
        return await self._remembered.get(f"channel {name}", lambda: self._named(model, name))

    async def click_type(self, name: str) -> str:
        """The id of the type of activities that ask for a call."""
        return await self._remembered.get(f"type {name}", lambda: self._named(_TYPES, name))

    async def _named(self, model: str, name: str) -> str:
        """The record of this name, made where there is none."""
        found = await self._found(model, name)
        return str(found or await make(self._client, model, {"name": name}, f"{model} {name}"))

    async def _found(self, model: str, name: str) -> int | None:
        ids = await self._client.ids(model, [["name", "=", name]], order="id", limit=1)
        return ids[0] if ids else None

    async def _read_lists(self) -> Dictionaries:
        teams = await self._rows("crm.team", [["active", "=", True]])
        known = await self.fields("crm.stage")
        bound = tuple(name for name in _BOUND if name in known)[:1]
        stages = await self._rows("crm.stage", [], *bound)
        return Dictionaries(
            pipelines=_names(teams),
            stages={
                str(team["id"]): {**_names(_of_team(stages, bound, team["id"])), LOST: "Lost"}
                for team in teams
            },
            lists={name: _names(await self._rows(model, [])) for name, model in _LISTS.items()},
        )

    async def _rows(self, model: str, domain: list[Any], *fields: str) -> list[Row]:
        return await self._client.rows(model, domain, ["display_name", *fields], QUIET)


def _of_team(stages: list[Row], bound: tuple[str, ...], team: int) -> list[Row]:
    """A stage of no team belongs to all."""
    return [row for row in stages if not any(row[name] and team not in row[name] for name in bound)]


def _names(rows: list[Row]) -> dict[str, str]:
    return {str(row["id"]): row["display_name"] for row in rows}
