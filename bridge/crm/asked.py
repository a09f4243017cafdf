"""What a search of the port asks by, held against what a CRM can be asked by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bridge.crm.trouble import refused
from bridge.domain.entities import EntityKind
from bridge.domain.ports import Search


def asked_by(
    kind: EntityKind, query: Search, answers: Mapping[EntityKind, Collection[str]]
) -> dict[str, Any]:
    """The words of this search, and what is asked by each. Raises Trouble where one of them is
    none that this kind `answers` to."""
    words = query.asked()
    if unknown := sorted(words.keys() - set(answers[kind])):
        raise refused(f"a {kind.value} cannot be searched by {', '.join(unknown)}")
    return words
