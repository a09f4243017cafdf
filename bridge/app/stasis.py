"""Stasis: our application on a PBX whose calls AMI tells of, beside the link that is followed."""

from __future__ import annotations

import asyncio

from bridge.ami.link import AmiLink
from bridge.ari.link import AriLink


class WithApplication:
    """Both links as one: they run while the PBX is ours, and close together."""

    def __init__(self, followed: AmiLink, application: AriLink) -> None:
        self.pbx = followed.pbx
        self.kind = followed.kind
        self._followed = followed
        self._application = application

    async def run(self) -> None:
        """Until `close`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._followed.run())
            group.create_task(self._application.run())
            while await self._application.take():
                pass  # it tells of its link alone, which nobody follows

    def close(self) -> None:
        """End both links for good."""
        self._followed.close()
        self._application.close()
