"""Teams with their stages, UTM sources, fields and what else is read now and then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from bridge.crm.odoo.client import QUIET, Client
from bridge.crm.odoo.loading import make
from bridge.crm.odoo.shapes import KNOWN
from bridge.crm.shapes import Row
from bridge.crm.trouble import refused
from bridge.domain.entities import Dictionaries, EntityKind

T = TypeVar("T")

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


class Dictionary:
    """A pipeline is a team. Raises Trouble when Odoo does not answer and nothing is remembered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._remembered: dict[str, tuple[float, Any]] = {}

    async def dictionaries(self, *, anew: bool = False) -> Dictionaries:
        return await self._remember("lists", self._read_lists, anew=anew)

    async def fields(self, model: str) -> dict[str, Any]:
        """The names of a model's fields → their type, and whether they may be written."""

        async def read() -> dict[str, Any]:
            wanted = ["type", "readonly"]
            told: dict[str, Any] = await self._client.call(
                model, "fields_get", [], wanted, shape=KNOWN, ask=QUIET
            )
            return told

        return await self._remember(f"fields {model}", read)

    async def phones(self, model: str) -> tuple[str, ...]:
        """The fields of a model that hold numbers: `mobile` is gone in newer versions."""
        known = await self.fields(model)
        return tuple(name for name in ("phone", "mobile") if name in known)

    async def pipeline(self, id: str) -> dict[str, str]:
        """The stages of a team, first to last. Raises Trouble for one that is not there."""
        for anew in (False, True):
            stages = (await self.dictionaries(anew=anew)).stages
            if id in stages:
                return stages[id]
        raise refused(f"there is no sales team {id!r}; Odoo has: {', '.join(stages)}")

    async def first_pipeline(self) -> str:
        pipelines = (await self.dictionaries()).pipelines
        if not pipelines:
            raise refused("Odoo shows no sales team to the user of `login`")
        return next(iter(pipelines))

    async def check_stage(self, stage: str) -> None:
        """Raises Trouble for a stage that no team has."""
        for anew in (False, True):
            stages = (await self.dictionaries(anew=anew)).stages.values()
            if any(stage in each for each in stages):
                return
        raise refused(f"no sales team has a stage {stage!r}")

    async def model(self, name: str) -> str:
        """The id of a model."""

        async def read() -> str:
            found = await self._client.ids("ir.model", [["model", "=", name]])
            if not found:
                raise refused(f"this Odoo has no {name}: is its module installed?")
            return str(found[0])

        return await self._remember(f"model {name}", read)

    async def repeat_tag(self) -> str:
        """The id of the tag that marks a repeat request."""
        name = self._client.settings.lead.repeat_tag
        return await self._remember(f"tag {name}", lambda: self._named("crm.tag", name))

    async def known_repeat_tag(self) -> int | None:
        """The same, where it is there: a read makes nothing."""
        name = self._client.settings.lead.repeat_tag
        return await self._found("crm.tag", name)

    async def channel(self) -> str:
        """The id of the channel that lists all calls."""
        name = self._client.settings.calls.channel
        model = (await self._client.version()).channel
        return await self._remember(f"channel {name}", lambda: self._named(model, name))

    async def click_type(self, name: str) -> str:
        """The id of the type of activities that ask for a call."""
        return await self._remember(f"type {name}", lambda: self._named(_TYPES, name))

    async def _named(self, model: str, name: str) -> str:
        """The record of this name, made where there is none."""
        found = await self._found(model, name)
        return str(found or await make(self._client, model, {"name": name}, f"{model} {name}"))

    async def _found(self, model: str, name: str) -> int | None:
        ids = await self._client.ids(model, [["name", "=", name]], order="id", limit=1)
        return ids[0] if ids else None

    async def _remember(
        self, name: str, read: Callable[[], Awaitable[T]], *, anew: bool = False
    ) -> T:
        now = self._client.time()
        at, value = self._remembered.get(name, (None, None))
        if at is None or anew or now - at > self._client.settings.refresh:
            value = await read()
            self._remembered[name] = (now, value)
        found: T = value  # type: ignore[assignment]
        return found

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
