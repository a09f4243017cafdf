"""The outside number that a trunk channel was made to reach, from the DialString.

Its shape is the channel driver's: `7916…@trunk`, `trunk/sip:7916…@host`, `trunk/7916…`,
`g1/7916…`. Asterisk's caller-id fields of such a channel hold what the dialplan put there.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.tracker.world import Channel

_SCHEME: Final = re.compile(r"^(?:sips?|tel|pjsip):", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\+?[\d*#]{2,32}")


def dialled_number(channel: Channel) -> str:
    """The number as dialled, "" where nothing tells."""
    dial = channel.dialled
    if dial is not None:
        for part in _parts(dial.dialled):
            if _NUMBER.fullmatch(part):
                return part
    return channel.number if _NUMBER.fullmatch(channel.number) else ""


def _parts(dialled: str) -> list[str]:
    """The user parts of a dial string, the longest first: a trunk's name may be digits too."""
    found = [
        _SCHEME.sub("", part).partition("@")[0].partition(";")[0]
        for part in dialled[:256].split("/")
    ]
    return sorted(found, key=len, reverse=True)
