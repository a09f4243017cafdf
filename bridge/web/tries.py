"""Wrong tokens, counted by where they come from, so that nobody can guess on and on.

Different tokens count, not requests: a program with an old token, which sends it again and again,
does not shut out others behind the same address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

MOST: Final = 10  # wrong tokens from one place
WITHIN: Final = 60.0  # seconds, counted from the first of them
_LONGEST: Final = 64  # characters of an address
_PLACES: Final = 1000  # remembered; beyond that the oldest is forgotten

Network = IPv4Network | IPv6Network


@dataclass(slots=True)
class _Place:
    since: float
    wrong: set[bytes] = field(default_factory=set)


class Tries:
    """`now` is in seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    def over(self, peer: str, now: float) -> bool:
        """Whether so many wrong ones came from there that none is looked at for a while."""
        place = self._places.get(network(peer))
        return place is not None and now - place.since < WITHIN and len(place.wrong) >= MOST

    def wrong(self, peer: str, given: str, now: float) -> bool:
        """Count it; False for one that has been counted already."""
        where = network(peer)
        place = self._places.get(where)
        if place is None or now - place.since >= WITHIN:
            self._places.pop(where, None)
            place = self._places[where] = _Place(now)
            if len(self._places) > _PLACES:
                del self._places[next(iter(self._places))]
        before = len(place.wrong)
        place.wrong.add(hashlib.sha256(given.encode("utf-8", "replace")).digest())
        return len(place.wrong) > before


def origin(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """Where a request comes from: behind the proxies that we know, each of which wrote into
    X-Forwarded-For who came to it."""
    chain = [each.strip() for each in forwarded.split(",") if each.strip()] + [peer]
    while len(chain) > 1 and _is_within(chain[-1], proxies):
        chain.pop()
    return chain[-1][:_LONGEST]


def _is_within(peer: str, networks: Sequence[Network]) -> bool:
    address = _address(peer)
    return address is not None and any(address in network for network in networks)


def _address(peer: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(peer)
    except ValueError:
        return None


def network(peer: str) -> str:
    """Who has one IPv6 address has a whole /64 of them."""
    address = _address(peer)
    return str(IPv6Network((address, 64), False)) if isinstance(address, IPv6Address) else peer
