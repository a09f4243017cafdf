"""Trouble: what went wrong inside a connector, and what it becomes at the port: reads raise, writes
return an Outcome."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable
from typing import Final, TypeVar

from bridge.domain import masks
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable

T = TypeVar("T")

_SECRET: Final = 4  # characters
_KNOWN_BY: Final = 12  # characters


class Trouble(Exception):
    """The CRM did not do what was asked. `detail` is for people, without secrets and whole numbers;
    `code` is the CRM's own word for it, in lower case."""

    def __init__(
        self,
        verdict: Verdict,
        detail: str,
        *,
        retry_after: float | None = None,
        code: str = "",
        words: str = "",
    ) -> None:
        self._said = detail
        self.detail = masks.plain(detail)
        super().__init__(self.detail)
        self.verdict = verdict
        self.retry_after = retry_after
        self.code = code
        self.words = words.casefold()

    def outcome(self) -> Outcome:
        return Outcome(verdict=self.verdict, detail=self.detail, retry_after=self.retry_after)

    def of_a_read(self) -> Exception:
        """The same as reads of the port say it."""
        if self.verdict is Verdict.NEEDS_LOGIN:
            return CrmNeedsLogin(self.detail)
        if self.verdict is Verdict.REFUSED:
            return CrmRefused(self.detail)
        return CrmUnavailable(self.detail, self.retry_after)

    def without(self, secrets: Iterable[str]) -> Trouble:
        """The same with these texts struck out, the longest first, also one of which a long answer
        shows the beginning alone; what is shorter than four characters is no secret."""
        detail = self._said  # a mask over a part of a secret would leave the rest of it
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= _SECRET:
                detail = detail.replace(secret, masks.HIDDEN)
                detail = _begun(secret).sub(masks.HIDDEN, detail)
        return Trouble(
            self.verdict,
            detail,
            retry_after=self.retry_after,
            code=self.code,
            words=self.words,
        )

    def later(self) -> Trouble:
        """Of a step that may be repeated without asking: what is unclear is tried again."""
        if self.verdict is not Verdict.UNCLEAR:
            return self
        return Trouble(
            Verdict.TRY_LATER,
            self.detail,
            retry_after=self.retry_after,
            code=self.code,
            words=self.words,
        )


def _begun(secret: str) -> re.Pattern[str]:
    """Enough of a secret to know it by, and what follows."""
    return re.compile(re.escape(secret[:_KNOWN_BY]) + r"\S*")


def refused(detail: str) -> Trouble:
    """What we refuse ourselves, before the CRM is asked."""
    return Trouble(Verdict.REFUSED, detail)


def unplaced(detail: str) -> Trouble:
    """The CRM has no place for a recording, and nobody need act: an accepted outcome with words."""
    return Trouble(Verdict.ACCEPTED, detail)


async def read(answer: Awaitable[T]) -> T:
    """A read as the port promises it. Raises CrmUnavailable, CrmNeedsLogin or CrmRefused."""
    try:
        return await answer
    except Trouble as error:
        raise error.of_a_read() from error


async def write(made: Awaitable[str | Outcome]) -> Outcome:
    """A write as the port promises it, which never raises Trouble; `made` gives the result's id, or
    an outcome with more to say."""
    try:
        found = await made
        return found if isinstance(found, Outcome) else _accepted(found)
    except Trouble as error:
        return error.outcome()


def _accepted(id: str) -> Outcome:
    return Outcome(verdict=Verdict.ACCEPTED, result=id)
