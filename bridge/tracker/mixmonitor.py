"""What MixMonitor's arguments say of its files: `FILE[,OPTIONS[,COMMAND]]` (app_mixmonitor.c).

The options r(FILE) and t(FILE) record what the channel said and what was said to it apart, each
into its own file. No event names these; only the arguments do.
"""

from __future__ import annotations

import re
from typing import Final

_SIDE: Final = re.compile(r"([rt])\(([^()|]+)\)")
_OTHERS: Final = re.compile(r"[A-Zac-qsu-z]\([^()]*\)")


def sides(arguments: str) -> str | None:
    """Both files as a recording's `pbx_path` joins them; None when the sides are not apart."""
    options = arguments.partition(",")[2]
    found = dict(_SIDE.findall(_OTHERS.sub("", options)))
    return f"{found['r']}|{found['t']}" if len(found) == 2 else None
