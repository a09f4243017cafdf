"""The keys that config/asterisk-bridge.yml shows, those that are commented out among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from tests.project.keys import SCHEMA, Place, below, choices
from tests.project.requirements import ROOT

SAMPLE: Final = (ROOT / "config" / "asterisk-bridge.yml").read_text("utf-8")
NAMES: Final[Mapping[str, Place]] = SCHEMA["$defs"]

# The CRMs that are commented out twice begin so.
_TWICE: Final = re.compile(r"(?m)^# # ")
_COMMENT: Final = re.compile(r'(?m)^( *)# ?( *)(?:# ?( *))?((?:- )?\{?[a-z_0-9+"]+:(?: .*)?)$')


def uncommented(text: str) -> str:
    """With every key in force, also those that exclude one another."""
    return _COMMENT.sub(r"\1\2\3\4", _TWICE.sub("#   ", text))


def untold(text: str, *written_otherwise: str) -> set[str]:
    """Each key that there is and `text` does not show, as `Policy.deals`: of every part of the
    schema but those that nobody writes as a map."""
    shown = set(_shown(yaml.compose(uncommented(text)), SCHEMA))
    parts = {"": SCHEMA, **{n: p for n, p in NAMES.items() if n not in written_otherwise}}
    return {
        f"{name}.{key}"
        for name, part in parts.items()
        for choice in choices(part, NAMES)
        for key in choice.get("properties", ())
        if (id(choice), key) not in shown
    }


def _shown(node: yaml.Node | None, place: Place) -> Iterator[tuple[int, str]]:
    """Each key below `node`, with the part of the schema that it is of."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _shown(item, place)
    elif isinstance(node, yaml.MappingNode):
        said = {key.value: value for key, value in node.value}
        for choice in choices(place, NAMES):
            if _is_meant(choice, said):
                for key, value in node.value:
                    yield id(choice), key.value
                    for inside in below(choice, key.value):
                        yield from _shown(value, inside)


def _is_meant(choice: Place, said: Mapping[str, Any]) -> bool:
    """Of several that are told apart by their `kind`, the one that is named."""
    kind = choice.get("properties", {}).get("kind", {}).get("const")
    return kind is None or "kind" not in said or said["kind"].value == kind
