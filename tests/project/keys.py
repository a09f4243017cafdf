"""The keys of the configuration: those that there are, and those that a text names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from bridge.config.schema import json_schema

Place = Mapping[str, Any]
Key = tuple[str, ...]

SCHEMA: Final = json_schema()
_NAMED: Final = re.compile(r"`([a-z_]+(?:\[\])?(?:\.[a-z_0-9]+(?:\[\])?)+)`")
_BLOCK: Final = re.compile(r"^```ya?ml\n(.*?)^```", re.M | re.S)
_ROW: Final = re.compile(r"^\| (`[^|]*) \|", re.M)


def named(text: str) -> Iterator[Key]:
    """The dotted keys of a text, as `web.tokens`, that begin at the top of the configuration."""
    for found in _NAMED.findall(text):
        first, *others = found.replace("[]", "").split(".")
        if first in SCHEMA["properties"]:
            yield (first, *others)


def written(text: str) -> Iterator[Key]:
    """Those of the blocks of YAML in a text that begin at the top of the configuration."""
    for block in _BLOCK.findall(text):
        made = yaml.load(block, yaml.BaseLoader)
        if isinstance(made, dict) and made.keys() <= SCHEMA["properties"].keys():
            yield from keys(made)


def listed(text: str) -> Iterator[Key]:
    """Those in the first column of the table of settings of a CRM's page."""
    table = text.partition("| setting | default | meaning |\n")[2].partition("\n\n")[0]
    for row in _ROW.findall(table):
        for found in re.findall(r"`([a-z_.]+)`", row):
            yield tuple(found.split("."))


def keys(made: Any, above: Key = ()) -> Iterator[Key]:
    """Each key below `made`; lists are passed through."""
    if isinstance(made, list):
        for each in made:
            yield from keys(each, above)
    elif isinstance(made, dict):
        for name, inside in made.items():
            yield (*above, name)
            yield from keys(inside, (*above, name))


def exists(key: Key, root: Place = SCHEMA, names: Place = SCHEMA["$defs"]) -> bool:
    """Whether there is this key below `root`, a JSON Schema that refers to `names`."""
    places = [root]
    for step in key:
        found = [each for place in places for each in choices(place, names)]
        places = [inside for each in found for inside in below(each, step)]
    return bool(places)


def below(place: Place, step: str) -> Iterator[Place]:
    """What may stand behind the key `step`."""
    if step in place.get("properties", {}):
        yield place["properties"][step]
        return
    anybodys = [*place.get("patternProperties", {}).values(), place.get("additionalProperties")]
    yield from ({} if each is True else each for each in anybodys if each)


def choices(place: Place, names: Place) -> Iterator[Place]:
    """What may stand here: references followed, alternatives apart, the items of a list."""
    if "$ref" in place:
        place = names[place["$ref"].rpartition("/")[2]]
    yield place
    for each in (*place.get("anyOf", ()), *place.get("oneOf", ()), place.get("items")):
        if isinstance(each, Mapping):
            yield from choices(each, names)
