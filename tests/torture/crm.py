"""The connector of the counting CRM as a package of someone else's would bring it, and its server.

The daemon finds it by an entry point that lies on its PYTHONPATH (`plugin`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, cast

from aiohttp import ClientSession
from pydantic import BaseModel

from bridge.crm.registry import GROUP, Connector
from bridge.domain.commands import Outcome
from bridge.domain.entities import EntityRef, User
from bridge.domain.ports import EVERYTHING, Announced, Capability, Crm, Probe
from bridge.domain.record import CallRecord
from tests.outbox.http_crm import HttpCrm

CAPABILITIES: Final = EVERYTHING - {Capability.LIVE}


class Settings(BaseModel):
    kind: Literal["counting"] = "counting"
    name: str = "crm"
    url: str


class CountingConnector(HttpCrm):
    """Tells the whole record with each call."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.name
        self._url = settings.url
        self._opened: ClientSession | None = None

    @property
    def _session(self) -> ClientSession:  # type: ignore[override]
        """Made at first use: connecting needs a running loop."""
        if self._opened is None:
            self._opened = self.session()
        return self._opened

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        on = [entity.id for entity in entities]
        return await self._write(key, on=on, user=user, record=record.to_json())

    async def users(self) -> list[User]:
        return []

    async def probe(self) -> Probe:
        return Probe(capabilities=CAPABILITIES)

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()


def _connect(settings: Settings) -> Crm:
    return cast(Crm, CountingConnector(settings))  # no more than a lane needs


connector: Final = Connector(settings=Settings, connect=_connect, capabilities=CAPABILITIES)


def plugin(folder: Path) -> Path:
    """What belongs on PYTHONPATH so that `kind: counting` is known."""
    here = folder / "plugin" / "counting_crm-0.dist-info"
    here.mkdir(parents=True, exist_ok=True)
    (here / "METADATA").write_text("Metadata-Version: 2.1\nName: counting-crm\nVersion: 0\n")
    (here / "entry_points.txt").write_text(f"[{GROUP}]\ncounting = tests.torture.crm:connector\n")
    return here.parent
