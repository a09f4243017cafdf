"""An office with two company numbers that a portal of Bitrix24 hears of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.record import Direction
from bridge.rules.policy import Did, Policy, Topic
from bridge.storage.store import Store
from tests.crm.office import CLIENT, SALES, SERVICE
from tests.crm.office import Office as AnyOffice
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Call

__all__ = ["CLIENT", "SALES", "SERVICE", "Office"]

POLICY = Policy(
    dids={SALES: Did(name="Sales"), SERVICE: Did(name="Service", pipeline="1", stage="IN_PROCESS")},
    topics={"subsidies": Topic(pipeline="2")},
)


class Office(AnyOffice):
    def __init__(self, store: Store, crm: Bitrix24, portal: Portal, folder: Path) -> None:
        super().__init__(store, crm, folder, POLICY)
        self.portal = portal

    async def call(self, direction: Direction = Direction.INBOUND, **facts: Any) -> Call | None:
        """One finished call, delivered with its recording; as the portal has it."""
        record = await self.finish(direction, **facts)
        made = [one for one in self.portal.calls if one.external_id == record.call_id]
        return made[0] if made else None
