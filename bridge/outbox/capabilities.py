"""What a CRM can do, asked until it answers, and what it lacks told in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from bridge.domain.ports import Crm, CrmNeedsLogin, CrmRefused, CrmUnavailable, Probe
from bridge.outbox.ports import Clock

Told = Callable[[str, str], None]  # state, and each thing that is missing with what stops working

_AGAIN: Final = 60.0  # seconds
_SOONEST: Final = 1.0

log = structlog.get_logger(__name__)


def nobody(state: str, missing: str) -> None:
    """Told to the log alone."""


async def probed(crm: Crm, clock: Clock, stopping: asyncio.Event, told: Told = nobody) -> Probe:
    """What the probe says; nothing when the daemon stops before the CRM answers. A CRM that names
    the seconds until it will is asked again then."""
    while not stopping.is_set():
        again = _AGAIN
        try:
            found = await crm.probe()
        except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
            log.warning("crm.not_probed", crm=crm.name, error=str(error))
            told("not answering", str(error))
            again = _wait(error)
        except Exception as error:  # the connector's own mistake: calls are delivered all the same
            log.error("crm.not_probed", crm=crm.name, error=f"{type(error).__name__}: {error}")
            told("not answering", type(error).__name__)
        else:
            _tell(crm.name, found, told)
            return found
        await clock.wait(stopping, clock.now() + timedelta(seconds=again))
    return Probe(capabilities=frozenset())


def _wait(error: Exception) -> float:
    """Seconds, whatever number a connector named."""
    named = error.retry_after if isinstance(error, CrmUnavailable) else None
    return _AGAIN if named is None else min(_AGAIN, max(_SOONEST, named))


def _tell(name: str, found: Probe, told: Told) -> None:
    for what, stops in found.missing.items():
        log.warning("crm.lacks", crm=name, missing=what, stops=stops)
    missing = "; ".join(f"{what}: {stops}" for what, stops in found.missing.items())
    told("lacks something" if missing else "good", missing)
