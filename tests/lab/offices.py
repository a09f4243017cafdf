"""The offices of a test run: each opened when it is first asked for, and shared by all who ask."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import cast

from tests.lab.office import AnyOffice, Office, opened


class Offices:
    """Those of one process, closed together at its end. Whoever changes one puts it back."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._open: dict[tuple[type[Office], str], Office] = {}

    async def at(self, kind: type[AnyOffice], version: str = "22") -> AnyOffice:
        """The office of this kind on Asterisk `version`. Raises NoAsterisk."""
        key = (kind, version)
        if key not in self._open:
            self._open[key] = await self._stack.enter_async_context(opened(kind, version))
        return cast(AnyOffice, self._open[key])
