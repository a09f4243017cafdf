"""The index is read whole once, then kept up with what changes in the CRM."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import structlog

from bridge.cache.index import IndexFile, PhoneIndex, Row
from bridge.cache.packed import Matches
from bridge.domain.counters import Counters
from bridge.domain.entities import Match
from bridge.domain.ports import ChangeTeller, Crm, CrmNeedsLogin, CrmRefused, CrmUnavailable

_PAGE: Final = "page"  # of the whole reading, the next one
_SINCE: Final = "since"  # cursor of the changes
_WHOLE: Final = "whole"
_AT_ONCE: Final = 500  # changes that are written together
_AGAIN: Final = 30.0  # seconds
_TAKEN_UP: Final = 5000  # phones of the file before others may run
_TOGETHER: Final = 1.0  # seconds: changes seldom come alone, and each question counts in the rate
_MUCH_LATER: Final = 3600.0  # a person has to change something first

log = structlog.get_logger(__name__)


class Reading:
    """Of one CRM. Its limiter sets the pace. What has changed is asked when it tells that something
    has, and every `every` seconds in case a word of it was lost."""

    def __init__(
        self, crm: Crm, index: PhoneIndex, file: IndexFile, counters: Counters, every: float = 30.0
    ) -> None:
        self._crm = crm
        self._index = index
        self._file = file
        self._counters = counters
        self._every = every
        self._progress: dict[str, str] = {}

    async def run(self) -> None:
        """Until cancelled. A CRM that is away is asked again; what is known stays known."""
        await self._take_up()
        while True:
            pause = await self._round()
            await (asyncio.sleep(pause) if pause else self._news())

    async def _news(self) -> None:
        """Until the CRM tells of a change, or it is time to ask."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._every):
                await self._told()
                await asyncio.sleep(_TOGETHER)

    async def _told(self) -> None:
        """Until the CRM tells of a change: never, where it cannot."""
        if isinstance(self._crm, ChangeTeller):
            with suppress(CrmUnavailable, CrmNeedsLogin, CrmRefused):
                await self._crm.changed(self._progress[_SINCE])
                return
        await asyncio.get_running_loop().create_future()

    async def _round(self) -> float:
        """Read what there is to read; seconds to leave a CRM alone that did not let us."""
        try:
            await self._read_on()
        except (CrmUnavailable, CrmNeedsLogin) as error:
            log.warning("index.crm_silent", crm=self._crm.name, why=str(error))
            return getattr(error, "retry_after", None) or _AGAIN
        except CrmRefused as error:
            log.error(
                "index.refused",
                crm=self._crm.name,
                why=str(error),
                act="give the CRM's user the right to read; until then calls ask one by one",
            )
            return _MUCH_LATER
        return 0

    async def _take_up(self) -> None:
        phones, self._progress = await asyncio.to_thread(self._file.read)
        for start in range(0, len(phones), _TAKEN_UP):
            self._index.load(phones[start : start + _TAKEN_UP])
            await asyncio.sleep(0)  # callers come between
        self._index.whole = _WHOLE in self._progress
        self._tell()

    async def _read_on(self) -> None:
        while _WHOLE not in self._progress:
            await self._read_page()
        rows: list[Row] = []
        since = self._progress[_SINCE]  # it moves on with what is kept, and not before
        try:
            async for change in self._crm.changes(since):
                rows.append((change.phone, change.matches))
                since = change.cursor
                if len(rows) >= _AT_ONCE:
                    await self._keep(rows, since)
                    rows = []
        finally:  # what was told counts, though the CRM goes away before it has told the rest
            await self._keep(rows, since)

    async def _read_page(self) -> None:
        page = await self._crm.phones(self._progress.get(_PAGE))
        self._progress.setdefault(_SINCE, page.since)
        if page.next is None:
            self._progress[_WHOLE] = "yes"
        else:
            self._progress[_PAGE] = page.next
        await self._keep(_joined(page.phones, self._index), self._progress[_SINCE])
        self._index.whole = page.next is None

    async def _keep(self, rows: list[Row], since: str) -> None:
        packed = self._index.put(rows)
        self._progress[_SINCE] = since
        await asyncio.to_thread(self._file.write, packed, dict(self._progress))
        self._tell()

    def _tell(self) -> None:
        self._counters.gauge("index_phones", len(self._index), crm=self._crm.name)


def _joined(phones: Iterable[tuple[str, Match]], index: PhoneIndex) -> list[Row]:
    """The rows of a page. A phone of several entities may stand on several pages."""
    rows: dict[str, Matches] = {}
    for phone, match in phones:
        before = rows.get(phone) or index.matches(phone) or ()
        others = tuple(one for one in before if one.entity != match.entity)
        rows[phone] = (*others, match)
    return list(rows.items())
