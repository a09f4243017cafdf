"""docs/requirements.md and the tests: which test proves which numbered fact.

`python -m tests.project.requirements` rewrites the "proven by" column from the markers
`@pytest.mark.proves("S1-17")`, and `@checks.proves("S1-17")` over the checks of bridge/crm/suite,
which tests/crm/contract runs. A marker that stands elsewhere than over a test (in a table of
parameters, say) counts for its file.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "requirements.md"
_ROW: Final = re.compile(r"^\| (S\d-\d\d) \| (.*) \| (.*?) ?\|$")

Proofs = Mapping[str, list[str]]


class UnknownFact(ValueError):
    """A marker names a fact that docs/requirements.md does not hold."""


def facts(text: str) -> dict[str, str]:
    """Every numbered fact of the document: number to what it says."""
    rows = (_ROW.match(line) for line in text.splitlines())
    return {row[1]: row[2] for row in rows if row}


def proofs(tests: Path) -> Proofs:
    """Fact to the tests and checks that prove it, as `tests/rules/test_x.py::test_y`, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    suite = tests.parent / "bridge" / "crm" / "suite"
    for path in sorted((*suite.glob("*.py"), *tests.rglob("test_*.py"))):
        name = path.relative_to(tests.parent).as_posix()
        for place, fact in _markers(ast.parse(path.read_text("utf-8"))):
            found[fact].add(f"{name}::{place}" if place else name)
    return {fact: sorted(names) for fact, names in found.items()}


def filled(text: str, proven: Proofs) -> str:
    """The document with its "proven by" column as `proven` says.

    Raises UnknownFact for a number that the document does not hold.
    """
    if strangers := proven.keys() - facts(text).keys():
        raise UnknownFact(
            f"{', '.join(sorted(strangers))} ({proven[min(strangers)][0]}) is no fact of"
            f" {DOCUMENT.name}: correct the marker"
        )
    return "\n".join(_row(line, proven) for line in text.splitlines()) + "\n"


def _row(line: str, proven: Proofs) -> str:
    if not (row := _ROW.match(line)):
        return line
    by = ", ".join(f"`{name}`" for name in proven.get(row[1], ()))
    return f"| {row[1]} | {row[2]} | {by} |".replace("|  |", "| |")


def _markers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Pairs of (test, fact); the test is empty for a marker that stands over none."""
    over_tests: set[ast.AST] = set()
    for place, node in _tests(tree.body):
        for decorator in node.decorator_list:
            over_tests.update(ast.walk(decorator))
            yield from ((place, fact) for fact in _facts_in(decorator))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and call not in over_tests:
            yield from (("", fact) for fact in _facts_of(call))


def _tests(
    body: list[ast.stmt], inside: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield inside + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{inside}{node.name}::")


def _facts_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _facts_of(node)


def _facts_of(call: ast.Call) -> Iterator[str]:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "proves":
        for argument in call.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def main() -> None:
    before = DOCUMENT.read_text("utf-8")
    try:
        after = filled(before, proofs(ROOT / "tests"))
    except UnknownFact as error:
        sys.exit(str(error))
    if after != before:
        DOCUMENT.write_text(after, "utf-8")
    proven = proofs(ROOT / "tests")
    print(f"{len(proven)} of {len(facts(after))} facts are proven by tests")


if __name__ == "__main__":
    main()
