"""`fact`: a dataclass that nobody changes, made as quickly as a plain object.

A frozen dataclass sets every field by a call, several times slower than an assignment, and a
busy PBX makes thousands of facts a second. So it is the type checker that refuses a change, as
for any frozen dataclass; at run time the class is an ordinary one, with the hash of a frozen one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["fact"]

if TYPE_CHECKING:
    from dataclasses import dataclass as fact
else:
    from dataclasses import dataclass

    def fact(*, frozen, **shape):
        """As `dataclass`; `frozen` is for the type checker."""
        return dataclass(unsafe_hash=frozen, **shape)
