"""The office of a process of tests: opened when asked for, kept while the same is asked for."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import cast

from tests.lab.office import AnyOffice, Office, opened


class Offices:
    """One is open at a time: the telephones of an idle one cost a tenth of a core. Whoever changes
    it puts it back."""

    def __init__(self) -> None:
        self._open: tuple[type[Office], str, Office] | None = None
        self._stack = AsyncExitStack()

    async def at(self, kind: type[AnyOffice], version: str = "22") -> AnyOffice:
        """The office of this kind on Asterisk `version`. Raises NoAsterisk,
        NoTelephones."""
        at_hand = self._open is not None and self._open[:2] == (kind, version)
        if self._open is None or not at_hand or not self._open[2].is_whole:
            await self.close()
            office = await self._stack.enter_async_context(opened(kind, version))
            self._open = (kind, version, office)
        return cast(AnyOffice, self._open[2])

    async def anew(self, office: AnyOffice) -> AnyOffice:
        """One like this office, with an Asterisk that has seen nothing yet."""
        await self.close()
        return await self.at(type(office), str(office.asterisk.build.major))

    async def close(self) -> None:
        """Leaves nothing running."""
        self._open = None
        await self._stack.aclose()
