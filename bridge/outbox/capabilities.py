"""What a CRM can do, asked until it answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from bridge.domain.ports import Capability, Crm, CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.outbox.ports import Clock

_AGAIN: Final = timedelta(minutes=1)

log = structlog.get_logger(__name__)


async def capabilities(crm: Crm, clock: Clock, stopping: asyncio.Event) -> frozenset[Capability]:
    """What the probe says; nothing when the daemon stops before the CRM answers."""
    while not stopping.is_set():
        try:
            return (await crm.probe()).capabilities
        except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
            log.warning("crm.not_probed", crm=crm.name, error=str(error))
        except Exception as error:  # the connector's own mistake: calls are delivered all the same
            log.error("crm.not_probed", crm=crm.name, error=f"{type(error).__name__}: {error}")
        await clock.wait(stopping, clock.now() + _AGAIN)
    return frozenset()
