"""Message: what people are told of an incident, through whatever channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.domain.troubles import TroubleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`id` is the same in every repeat; `facts` is the same for programs. `kind` is None for
    several at once."""

    id: str
    title: str
    text: str
    kind: TroubleKind | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A message that this channel has yet to say."""

    channel: str
    message: Message
    told_at: datetime
