"""Extensions as people write them into a CRM's users, each of one user."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import structlog

from bridge.domain.entities import User

log = structlog.get_logger(__name__)


def listed(text: str) -> tuple[str, ...]:
    """Several stand with commas, semicolons, slashes or spaces between them."""
    return tuple(filter(None, re.split(r"[\s,;/]+", text)))


def each_once(users: Iterable[User]) -> list[User]:
    """By id; of two users with one extension the one with the lowest id has it."""
    taken: dict[str, str] = {}
    kept: list[User] = []
    for user in sorted(users, key=lambda each: int(each.id)):
        for extension in user.extensions:
            if taken.setdefault(extension, user.id) != user.id:
                holder = taken[extension]
                log.warning("users.same_extension", extension=extension, user=user.id, of=holder)
        mine = tuple(each for each in user.extensions if taken[each] == user.id)
        kept.append(replace(user, extensions=mine))
    return kept
