"""The path of a call (its labels): a comment in the timeline of the call's client. `finish` itself
takes it with calls that nobody answered alone (`told.finishing`).

It goes in the batch of `finish`, which halts there: so it is said by whoever finished the call, and
whoever finds the call finished looks for it before it is said.
"""

from __future__ import annotations

from typing import Final

from bridge.crm.bitrix24.client import Batch, Client, Command
from bridge.crm.bitrix24.comments import Comments, saying
from bridge.crm.names import printable
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityRef
from bridge.domain.record import CallRecord

PATH: Final = "path"  # its name in the batch
_LONGEST: Final = 500  # characters that people read
_LEFT_AT_THAT: Final = (Verdict.REFUSED, Verdict.ACCEPTED)  # the call is worth more than its path


class Paths:
    def __init__(self, client: Client) -> None:
        self._words = client.settings.path
        self._comments = Comments(client)

    def command(self, record: CallRecord, client: EntityRef | None) -> dict[str, Command]:
        """For the batch, behind `finish`; empty where nothing is to be said."""
        text = self._text(record)
        return {PATH: saying(client, text, _key(record))} if text and client else {}

    def refusal(self, answer: Batch) -> str | None:
        """Why the portal does not take it. Raises Trouble for what is worth a repeat."""
        error = answer.errors.get(PATH)
        return None if error is None else _left(error)

    async def complete(self, record: CallRecord, client: EntityRef | None) -> str | None:
        """Of a call that an earlier attempt finished: said unless it was; as `refusal`."""
        text = self._text(record)
        if not text or not client:
            return None
        try:
            await self._comments.say(client, text, _key(record))
        except Trouble as error:
            return _left(error)
        return None

    def _text(self, record: CallRecord) -> str:
        path = printable(record.path)[:_LONGEST]
        return f"{self._words}: {path}" if self._words and path and not record.missed_reason else ""


def _left(error: Trouble) -> str:
    if error.verdict not in _LEFT_AT_THAT:
        raise error
    return error.detail


def _key(record: CallRecord) -> str:
    return f"{record.call_id}/{PATH}"
