"""What no model sees in a description: a template that asks for what is not there, and an entity
that cannot be used as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from bridge.crm.declarative import jwt
from bridge.crm.declarative.abilities import abilities
from bridge.crm.declarative.description import Description
from bridge.crm.declarative.expressions import is_path, names
from bridge.crm.declarative.logins import Jwt
from bridge.crm.declarative.requests import Write
from bridge.crm.declarative.rows import WORDS
from bridge.domain.entities import EntityKind
from bridge.domain.ports import Capability

Path = tuple[str | int, ...]
Doubt = tuple[Path, str, str]

_SETTINGS: Final = frozenset({"settings"})
_ENTITIES: Final = frozenset({"entities", "ids"})
# Where in the file, by its first keys → what templates know there besides `settings`.
_KNOWN: Final[Mapping[tuple[str, ...], frozenset[str]]] = {
    ("errors",): frozenset({"method", "path"}),
    ("calls", "log"): frozenset({"record", "user", "key"}) | _ENTITIES,
    ("calls", "attach"): frozenset({"call", "entity", "key"}) | _ENTITIES,
    ("calls", "recording"): frozenset({"call", "recording", "file", "key"}),
    ("calls", "recording_link"): frozenset({"call", "recording", "file", "key"}),
    ("calls", "get"): frozenset({"asked"}),
    ("calls", "find"): frozenset({"key"}),
    ("calls", "find_recording"): frozenset({"key"}),
    ("tasks", "create"): frozenset({"task", "entity", "key"}) | _ENTITIES,
    ("tasks", "find"): frozenset({"key"}),
    ("notify",): frozenset({"user", "text"}),
    ("live", "announce"): frozenset({"call", "key"}),
    ("live", "show"): frozenset({"handle", "users"}),
    ("live", "hide"): frozenset({"handle", "users"}),
    ("lookup",): frozenset({"asked", "phone"}),
    ("index", "phones"): frozenset({"page"}),
    ("index", "changes"): frozenset({"since"}),
    ("find",): frozenset({"key"}),
    **{
        (str(kind), *place): known
        for kind in EntityKind
        for place, known in {
            ("search",): frozenset({"asked", "phone", "forms", "piece", "all"}),
            ("write",): frozenset({"value", "values"}),
            ("create",): frozenset({"fields", "given", "key"}),
            ("update",): frozenset({"fields", "given", "id"}),
            ("find",): frozenset({"key"}),
            ("users",): frozenset({"asked"}),
        }.items()
    },
}
_GIVE: Final = frozenset({"item", "index"})
# Keys whose texts read an answer.
_READS: Final = frozenset(
    {"row", "match", "deal", "take", "id", "phone", "cursor", "next", "since", "fields"}
)


def doubts(described: Description) -> Iterator[Doubt]:
    """Path, problem and advice of everything that cannot be meant."""
    known = _steps(described)
    for path, source in _texts(described, ()):
        yield from _unknown(path, source, described, known)
    for kind in EntityKind:
        yield from _searches(described, kind)
    yield from _uses(described)
    auth = described.auth
    for token in (auth, getattr(auth, "assertion", None)):
        if isinstance(token, Jwt) and not jwt.installed(token.algorithm):
            advice = "pip install 'asterisk-crm-bridge[jwt]'"
            yield ("auth", "kind"), f"{token.algorithm} needs cryptography", advice


def _uses(described: Description) -> Iterator[Doubt]:
    able = abilities(described)
    if not able:
        advice = "write `lookup` to know who calls, and `calls: log:` to list calls"
        yield (), "nothing here is of use to the bridge", advice
    elif Capability.INDEX in able and Capability.LOOKUP not in able:
        advice = "write `lookup` too: an index only remembers what it answers"
        yield ("index",), "nobody can be looked up", advice


def _texts(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, BaseModel):
        for name, field in type(node).model_fields.items():
            yield from _texts(getattr(node, name), (*path, field.alias or name))
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield from _texts(item, (*path, key))
    elif isinstance(node, list | tuple):
        for index, item in enumerate(node):
            yield from _texts(item, (*path, index))
    elif isinstance(node, str):
        yield path, node


def _steps(described: Description) -> frozenset[str]:
    """What the answers of steps are called."""
    found: set[str] = set()
    for node in _writes(described):
        found |= {step.name for step in (*node.first, *node.then) if step.name}
    return frozenset(found)


def _writes(node: Any) -> Iterator[Write]:
    if isinstance(node, Write):
        yield node
    if isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from _writes(getattr(node, name))


def _unknown(
    path: Path, source: str, described: Description, steps: frozenset[str]
) -> Iterator[Doubt]:
    """A template's names that stand nowhere."""
    if path[0] in ("crm", "settings", "reason", "sample") or is_path(source):
        return
    try:
        asked = names(source)
    except ValueError:
        return  # the model has said so, or this text is no template
    known = _known(path) | steps
    for name in sorted(asked):
        top, _, setting = name.partition(".")
        if top not in known:
            has = ", ".join(sorted(known))
            yield path, f"`{top}` is not known here", f"known here: {has}"
        elif setting and setting not in described.settings:
            has = ", ".join(described.settings) or "none"
            yield path, f"there is no setting {setting!r}", f"known are: {has}; see `settings`"


def _known(path: Path) -> frozenset[str]:
    words = tuple(str(step) for step in path)
    placed = next((known for at, known in _KNOWN.items() if words[: len(at)] == at), frozenset())
    # People read what is advised: no secret gets there.
    known = placed if words[0] == "errors" else _SETTINGS | placed
    if _READS & set(words[1:]) or words[0] == "users":
        known = known | {"row"}
    if words[-1] == "detail":
        known = known | {"row"}
    if "give" in words or "then" in words or "first" in words:
        known = known | _GIVE | {"id"}
    return known


def _searches(described: Description, kind: EntityKind) -> Iterator[Doubt]:
    entity = described.entity(kind)
    for word in entity.search if entity else ():
        if word not in WORDS[kind] - {"open_only"}:
            can = ", ".join(sorted(WORDS[kind] - {"open_only"}))
            yield (str(kind), "search", word), f"a {kind} is not asked by {word}", f"write: {can}"
