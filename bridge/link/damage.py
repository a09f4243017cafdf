"""What cannot be read of a PBX's stream: to be counted and passed over, never to be used."""

from __future__ import annotations

from dataclasses import dataclass


class Malformed(ValueError):
    """A message without what its kind must have, or with it twice."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes from `offset` on that are no message, and why not."""

    offset: int
    what: str
