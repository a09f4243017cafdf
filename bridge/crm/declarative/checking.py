"""What no model sees in a description: a template that asks for what is not there, and an entity
that cannot be used as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
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
from bridge.domain.record import CallRecord

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
# What these are made of, wherever they are known.
PARTS: Final[Mapping[str, frozenset[str]]] = {
    "record": frozenset({"schema", *(field.name for field in fields(CallRecord))}),
    "task": frozenset({"title", "owner", "fields"}),
    "file": frozenset({"name", "type", "url", "size", "data_url"}),
    "recording": frozenset({"id"}),
    "entity": frozenset({"kind", "id"}),
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
        yield from _writes_nothing(described, kind)
    yield from _without_id(described)
    yield from _uses(described)
    auth = described.auth
    for token in (auth, getattr(auth, "assertion", None)):
        if isinstance(token, Jwt) and not jwt.installed(token.algorithm):
            advice = "pip install 'asterisk-crm-bridge[jwt]'"
            yield ("auth", "kind"), f"{token.algorithm} needs cryptography", advice


def _without_id(described: Description) -> Iterator[Doubt]:
    """What makes something must tell its id: without one the key would be taken for it."""
    made: list[tuple[Path, Write | None]] = [
        (("calls", "log"), described.calls.log),
        (("tasks", "create"), described.tasks.create if described.tasks else None),
        (("live", "announce"), described.live.announce if described.live else None),
    ]
    entities = ((kind, described.entity(kind)) for kind in EntityKind)
    made += [((str(kind), "create"), entity.create) for kind, entity in entities if entity]
    for path, write in made:
        if write and write.id is None:
            advice = "write `id: $.id`, where the answer tells it, or `id: '{{ key }}'`"
            yield path, "the id of what is made is not read", advice


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
        top, _, part = name.partition(".")
        if top not in known:
            if not part:
                has = ", ".join(sorted(known))
                yield path, f"`{top}` is not known here", f"known here: {has}"
        elif part and top == "settings" and part not in described.settings:
            has = ", ".join(described.settings) or "none"
            yield path, f"there is no setting {part!r}", f"known are: {has}; see `settings`"
        elif part not in PARTS.get(top, {part}) | {""}:
            yield path, f"`{top}` has no {part!r}", f"it has: {', '.join(sorted(PARTS[top]))}"


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


def _writes_nothing(described: Description, kind: EntityKind) -> Iterator[Doubt]:
    entity = described.entity(kind)
    if entity and entity.create and not (entity.write or entity.own):
        advice = (
            "name the CRM's fields under `write`, as `phone: {tel: '{{ value }}'}`, or `own: any`"
        )
        yield (str(kind), "create"), f"nothing of a {kind} can be written", advice


def _searches(described: Description, kind: EntityKind) -> Iterator[Doubt]:
    entity = described.entity(kind)
    for word in entity.search if entity else ():
        if word not in WORDS[kind] - {"open_only"}:
            can = ", ".join(sorted(WORDS[kind] - {"open_only"}))
            yield (str(kind), "search", word), f"a {kind} is not asked by {word}", f"write: {can}"
