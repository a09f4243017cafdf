"""Handles of calls that were announced: the portal's CALL_ID, and whether it knew the number then.

A call that begins with nobody on it may end on nobody: whether `finish` looks for the number again
the documentation leaves open. Such a call gives way to a second registration, made when it is over
and its client is in the portal; nobody finishes the first one, so that it is in no list.
"""

from __future__ import annotations

from typing import Final

_OF_NOBODY: Final = "/nobody"
_AGAIN: Final = "/2"


def handle_of(call: str, *, known: bool) -> str:
    """`known`: the portal shows the call on an entity."""
    return call if known else f"{call}{_OF_NOBODY}"


def call_of(handle: str) -> str:
    """The portal's CALL_ID."""
    return handle.removesuffix(_OF_NOBODY)


def is_known(handle: str) -> bool:
    return not handle.endswith(_OF_NOBODY)


def again(call_id: str) -> str:
    """EXTERNAL_CALL_ID of the second registration: with that of the first the portal would answer
    with the first."""
    return f"{call_id}{_AGAIN}"
