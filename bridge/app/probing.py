"""Asking the CRMs of a configuration what they let us do, without a daemon: `check --ask`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from bridge.app.delivering import destination, destinations
from bridge.app.strange_ids import strange_places, strange_users
from bridge.config.model import Config
from bridge.domain.entities import Dictionaries
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.outbox.destination import Destination

_PATIENCE: Final = 30.0  # seconds: a person waits longer than a call does


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one CRM lacks, each thing with what stops working; `failed`: why it did not say."""

    crm: str
    missing: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""

    @property
    def good(self) -> bool:
        return not (self.missing or self.failed)


async def probed(config: Config) -> list[Answer]:
    """Every CRM that calls go to, in the order of the configuration. Nothing is written there."""
    asked = [destination(config, to) for to in destinations(config)]
    try:
        return list(await asyncio.gather(*(_answer(to) for to in asked)))
    finally:
        for to in asked:
            await to.crm.close()


async def _answer(to: Destination) -> Answer:
    name = to.name
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await to.crm.probe()
            strange = await _strange(to)
    except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
        return Answer(crm=name, failed=str(error))
    except TimeoutError:
        return Answer(crm=name, failed=f"no answer in {_PATIENCE:g} s")
    return Answer(crm=name, missing={**found.missing, **strange})


async def _strange(to: Destination) -> dict[str, str]:
    """What the configuration names and the CRM does not have. Lists that it does not show are left
    out: the probe has told why."""
    ids, lists = set[str](), Dictionaries()
    with suppress(CrmUnavailable, CrmNeedsLogin, CrmRefused):
        ids = {user.id for user in await to.crm.users() if user.active}
    with suppress(CrmUnavailable, CrmNeedsLogin, CrmRefused):
        lists = await to.crm.dictionaries()
    return strange_users(to.users, to.policy, ids) | strange_places(to.policy, lists)
