"""Dialect: how the messages of one kind of link are read, and how a journal keeps them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bridge.domain.pbx_events import PbxEvent
from bridge.link.damage import Damage
from bridge.link.inbox import Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """AMI's or ARI's.

    `heard` reads one message of the link: what it tells, in order, and as what it is kept (""
    where it tells nothing). Raises Malformed. `written` is a marker as it is kept, `gap` the one
    that says events may be missing. `again` reads what was kept.

    Every message that is kept ends with `end`; `channels` finds the unique ids in one.
    """

    heard: Callable[[Any], tuple[tuple[PbxEvent, ...], str]]
    written: Callable[[Marker], str]
    gap: str
    again: Callable[[Iterable[bytes], Callable[[Damage], None]], Iterator[PbxEvent]]
    end: bytes
    channels: re.Pattern[bytes]
