"""YAML read as written: every scalar stays the text that stands in the file.

YAML makes a number of +74951234567, nine of 011 and false of `no`. Here the model of the settings
decides what a text means; YAML only tells where it stands. An empty value counts as not written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from bridge.config.findings import Finding, Path, dotted

_MOST_NODES: Final = 100_000  # aliases may multiply; no honest configuration is that large
_CORE: Final = "tag:yaml.org,2002:"
_OWN_TAGS: Final = frozenset(
    _CORE + kind
    for kind in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map", "merge", "value")
)


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both from one."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """What stands in the file: `values` as plain data, `places` of each key and item, and
    `findings` of what the YAML itself does wrong."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Where `path` stands; for a key that is not written, where its parent does."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(1, 1))

    def find(self, path: Path, problem: str, advice: str = "") -> None:
        place = self.place(path)
        self.findings.append(
            Finding(self.file, place.line, place.column, dotted(path), problem, advice)
        )


def read(text: str, file: str) -> Document:
    """The document in `text`. Raises nothing: whatever is wrong stands in its findings."""
    document = Document(file)
    _Reader(document).root(_composed(text, document))
    return document


def read_items(text: str, file: str) -> tuple[list[Any], Document]:
    """As `read`, of a file that is a list, with its items."""
    document = Document(file)
    return _Reader(document).items(_composed(text, document)), document


def _composed(text: str, document: Document) -> yaml.Node | None:
    """The whole as YAML has it; None where it is none, or empty."""
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        _syntax(document, error)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.findings.append(
            Finding(document.file, line, 1, "", "a character that YAML forbids", "remove it")
        )
    except RecursionError:
        document.find((), "nested too deep", "no setting lies deeper than ten levels")
    else:
        return root
    return None


def _syntax(document: Document, error: yaml.MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    problem = error.problem or "this is no YAML"
    advice = "indent with spaces, the keys of one level by the same number"
    if "'\\t'" in problem:
        problem, advice = "a tab", "indent with spaces"
    elif "expected ','" in problem:
        advice = (
            "put a text that holds [ ] { } , or : into quotes where it stands inside { } or [ ]"
        )
    document.findings.append(Finding(document.file, place.line, place.column, "", problem, advice))


class _Reader:
    """Walks the nodes of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._above: list[yaml.Node] = []
        self._nodes = 0

    def root(self, node: yaml.Node | None) -> None:
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self._document.find((), "this is no list of keys", "write `key: value` lines")
            return
        values = self._value(node, ())
        self._document.values = values if isinstance(values, dict) else {}

    def items(self, node: yaml.Node | None) -> list[Any]:
        if isinstance(node, yaml.SequenceNode):
            values = self._value(node, ())
            return values if isinstance(values, list) else []
        if not self._document.findings:
            self._document.find((), "this is no list", "begin each item with `- `")
        return []

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        if any(node is above for above in self._above):
            self._document.find(path, "an anchor inside itself", "write the value out")
        elif self._nodes > _MOST_NODES:
            if self._nodes == _MOST_NODES + 1:
                self._document.find(path, "more values than any configuration has")
        elif node.tag not in _OWN_TAGS:
            self._document.find(path, f"the tag {node.tag!r} is not read", "remove the tag")
        else:
            self._above.append(node)
            value = self._kinds(node, path)
            self._above.pop()
            return value
        return None

    def _kinds(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, yaml.SequenceNode):
            return list(self._items(node, path))
        return None if node.tag == _CORE + "null" else node.value

    def _items(self, node: yaml.SequenceNode, path: Path) -> Iterator[Any]:
        for index, item in enumerate(node.value):
            self._document.places[(*path, index)] = _place(item)
            yield self._value(item, (*path, index))

    def _entries(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._document.find(path, "a key that is no text", "write `key: value` lines")
                continue
            inside = (*path, key_node.value)
            if first := self._document.places.get(inside):
                self._twice(inside, first, key_node)
                continue
            self._document.places[inside] = _place(key_node)
            if key_node.tag == _CORE + "merge":
                self._document.find(inside, "`<<` is not read", "write the lines out")
            elif (value := self._value(value_node, inside)) is not None:
                yield key_node.value, value

    def _twice(self, path: Path, first: Place, again: yaml.Node) -> None:
        place = _place(again)
        self._document.findings.append(
            Finding(
                self._document.file,
                place.line,
                place.column,
                dotted(path),
                f"this key stands in line {first.line} already",
                "keep one of the two",
            )
        )


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
