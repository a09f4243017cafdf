"""Q.850 hang-up causes as Asterisk sends them in `Hangup` (include/asterisk/causes.h)."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """The causes that decide something here; Asterisk sends others, too."""

    UNALLOCATED = 1
    NORMAL = 16
    BUSY = 17
    NO_USER_RESPONSE = 18
    NO_ANSWER = 19
    SUBSCRIBER_ABSENT = 20
    REJECTED = 21
    ANSWERED_ELSEWHERE = 26
    OUT_OF_ORDER = 27
    INVALID_NUMBER = 28
    CONGESTION = 34
