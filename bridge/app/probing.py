"""Asking the CRMs of a configuration what they let us do, and the PBXs whether they let us in and
have what the routing names, without a daemon: `check --ask`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from bridge.app.delivering import destination, destinations
from bridge.app.strange_ids import strange_places, strange_users
from bridge.app.strange_routes import strange
from bridge.ari.rest import reading
from bridge.ari.snapshot import started_at
from bridge.config.model import Config, Pbx
from bridge.domain.entities import Dictionaries
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.link.errors import LinkError
from bridge.outbox.destination import Destination

_PATIENCE: Final = 30.0  # seconds: a person waits longer than a call does


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one CRM or PBX lacks, each thing with what stops working or what to write instead;
    `failed`: why it did not say."""

    kind: Literal["crm", "pbx"] = "crm"
    name: str
    missing: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""

    @property
    def good(self) -> bool:
        return not (self.missing or self.failed)


async def probed(config: Config) -> list[Answer]:
    """Every CRM that calls go to, in the order of the configuration, then every PBX. Nothing is
    written there."""
    asked = [destination(config, to) for to in destinations(config)]
    try:
        crms = await asyncio.gather(*(_answer(to) for to in asked))
    finally:
        for to in asked:
            await to.crm.close()
    return [*crms, *await _pbxs(config)]


async def _pbxs(config: Config) -> list[Answer]:
    """What one of several PBXs has is there; what they have is asked over AMI alone."""
    answers = [await _of_pbx(config, pbx) for pbx in config.pbx]
    over_ami = [set(one.missing) for one, pbx in zip(answers, config.pbx, strict=True) if _ami(pbx)]
    nowhere = set.intersection(*over_ami) if over_ami else set()
    return [
        replace(one, missing={what: one.missing[what] for what in one.missing if what in nowhere})
        for one in answers
    ]


def _ami(pbx: Pbx) -> bool:
    return pbx.events == "ami"


async def _of_pbx(config: Config, pbx: Pbx) -> Answer:
    try:
        missing = await strange(config, pbx) if _ami(pbx) else {}
        if pbx.ari is not None:
            async with reading(pbx.ari) as rest:
                await started_at(rest)
        return Answer(kind="pbx", name=pbx.name, missing=missing)
    except LinkError as error:
        return Answer(kind="pbx", name=pbx.name, failed=str(error))


async def _answer(to: Destination) -> Answer:
    name = to.name
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await to.crm.probe()
            strange = await _strange(to)
    except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
        return Answer(name=name, failed=str(error))
    except TimeoutError:
        return Answer(name=name, failed=f"no answer in {_PATIENCE:g} s")
    return Answer(name=name, missing={**found.missing, **strange})


async def _strange(to: Destination) -> dict[str, str]:
    """What the configuration names and the CRM does not have. Lists that it does not show are left
    out: the probe has told why."""
    ids, lists = set[str](), Dictionaries()
    with suppress(CrmUnavailable, CrmNeedsLogin, CrmRefused):
        ids = {user.id for user in await to.crm.users() if user.active}
    with suppress(CrmUnavailable, CrmNeedsLogin, CrmRefused):
        lists = await to.crm.dictionaries()
    return strange_users(to.users, to.policy, ids) | strange_places(to.policy, lists)
