"""Pieces of work on the CRM's file, and what their failures become at the port: reads raise, writes
return an Outcome. What is written under a key is written once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from bridge.crm.builtin import tables as t
from bridge.crm.builtin.database import Database, NewerFile
from bridge.crm.builtin.fields import Refusal
from bridge.crm.builtin.settings import BuiltinSettings
from bridge.crm.builtin.writing import Writer
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.ports import CrmRefused, CrmUnavailable

T = TypeVar("T")

_WRITTEN: Final = select(t.KEYS.c.result).where(t.KEYS.c.key == bindparam("of"))
_NEW_KEY: Final = insert(t.KEYS)
_BUSY: Final = "the CRM file is locked or its disk is in trouble; it is tried again"
_BROKEN: Final = "the CRM file cannot be used; see that `file` names a CRM file of this version"


class Transactions:
    """Each is whole or not at all, and stamped with the moment that `now` gives."""

    def __init__(
        self, database: Database, settings: BuiltinSettings, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._settings = settings
        self._now = now

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives. Raises CrmUnavailable or CrmRefused."""
        return await _told(self._database.read(work))

    async def change(self, work: Callable[[Writer], T]) -> T:
        """A write that gives more than an id. Raises as `read` does."""
        moment = self._now()
        return await _told(self._database.write(lambda c: work(Writer(c, self._settings, moment))))

    async def write(self, work: Callable[[Writer], str], key: str | None = None) -> Outcome:
        """`work` gives the id of what it made; what was made under this `key` before is not made
        again."""
        moment = self._now()
        try:
            made = await self._database.write(
                lambda c: _once(Writer(c, self._settings, moment), work, key)
            )
        except TimeoutError:
            return Outcome(verdict=Verdict.UNCLEAR, detail="the CRM file did not answer in time")
        except (OSError, OperationalError) as error:
            return Outcome(verdict=Verdict.TRY_LATER, detail=_away(error))
        except Refusal as error:
            return Outcome(verdict=Verdict.REFUSED, detail=str(error))
        except (DBAPIError, NewerFile):
            return Outcome(verdict=Verdict.REFUSED, detail=_BROKEN)
        return Outcome(verdict=Verdict.ACCEPTED, result=made)


def written(connection: Connection, key: str) -> str | None:
    """The id of what was made under this key; None where nothing was."""
    found: str | None = connection.scalar(_WRITTEN, {"of": key})
    return found


async def _told(work: Awaitable[T]) -> T:
    """What the work gives; what goes wrong in it, as reads of the port say it."""
    try:
        return await work
    except (OSError, OperationalError) as error:
        raise CrmUnavailable(_away(error)) from error
    except Refusal as error:
        raise CrmRefused(str(error)) from error
    except (DatabaseError, NewerFile) as error:
        raise CrmRefused(_BROKEN) from error


def _away(error: OSError | OperationalError) -> str:
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        return (
            f"the CRM file's folder {error.filename} cannot be made: {error.strerror}; make it,"
            " so that the daemon's user may write there"
        )
    return _BUSY


def _once(writer: Writer, work: Callable[[Writer], str], key: str | None) -> str:
    """What the work made, or what it made when it was done under this key before."""
    if key is None:
        return work(writer)
    if (earlier := written(writer.connection, key)) is not None:
        return earlier
    made = work(writer)
    row = {"key": key, "result": made, "written_at": writer.now}
    writer.connection.execute(_NEW_KEY, row)
    return made
