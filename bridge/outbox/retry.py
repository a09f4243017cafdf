"""What to do after the CRM's word: a pure decision of the verdict, the past and one random number.

Exponential back-off with full jitter, so that a thousand entries do not come back at one moment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from bridge.domain.commands import Verdict

_THREE_DAYS: Final = timedelta(days=3)
_MOST_DOUBLINGS: Final = 32  # 2**32 seconds is past every limit; more would only overflow


class RetrySettings(BaseModel):
    """How long we wait, and when we give up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=15)
    # A weekend without the CRM must pass, so nobody may set less than three days.
    give_up_after: Annotated[timedelta, Field(ge=_THREE_DAYS)] = _THREE_DAYS
    longest_asked_for: timedelta = timedelta(days=1)  # a CRM that asks for more gets this
    login_every: timedelta = timedelta(minutes=5)  # how often a held destination is tried
    ask_after: timedelta = timedelta(seconds=5)  # an unanswered request may still be working


class Step(StrEnum):
    """What becomes of an entry after the CRM's word."""

    DONE = "done"
    AGAIN = "again"  # after so many seconds
    HOLD = "hold"  # the whole destination, for so many seconds
    PARK = "park"


class Parked(StrEnum):
    """Why an entry waits for a person."""

    REFUSED = "refused"
    GAVE_UP = "gave_up"
    CANNOT_TELL = "cannot_tell"
    NO_RESULT = "no_result"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Decision:
    """`after` in seconds; `reason` where a person must act."""

    step: Step
    after: float = 0.0
    reason: Parked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What went before: failures in a row, and the seconds since the first of them."""

    failures: int = 0
    failing_for: float = 0.0


def decide(
    verdict: Verdict,
    past: Past,
    *,
    retry_after: float | None = None,
    dice: float,
    settings: RetrySettings,
) -> Decision:
    """`dice` is uniform in [0, 1). `retry_after` is what the CRM asked for, in seconds."""
    match verdict:
        case Verdict.ACCEPTED:
            return Decision(Step.DONE)
        case Verdict.REFUSED:
            return Decision(Step.PARK, reason=Parked.REFUSED)
        case Verdict.NEEDS_LOGIN:
            return Decision(Step.HOLD, settings.login_every.total_seconds())
    if past.failing_for >= settings.give_up_after.total_seconds():
        reason = Parked.GAVE_UP if verdict is Verdict.TRY_LATER else Parked.CANNOT_TELL
        return Decision(Step.PARK, reason=reason)
    least = settings.ask_after.total_seconds() if verdict is Verdict.UNCLEAR else 0.0
    wait = _jittered(past.failures, dice, settings)
    return Decision(Step.AGAIN, max(least, _asked_for(retry_after, settings)) + wait)


def _jittered(failures: int, dice: float, settings: RetrySettings) -> float:
    doubled = settings.first.total_seconds() * 2.0 ** min(max(failures, 0), _MOST_DOUBLINGS)
    return dice * min(doubled, settings.longest.total_seconds())


def _asked_for(retry_after: float | None, settings: RetrySettings) -> float:
    if retry_after is None or math.isnan(retry_after):
        return 0.0
    return min(max(retry_after, 0.0), settings.longest_asked_for.total_seconds())
