"""True answers of a CRM made odd: one value of one answer is another, or is gone."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import strategies as st

Path = tuple[str | int, ...]
_LONG: Final = "9" * 400
_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 7, -1, 1e300, "", "x", "7", _LONG),
    *([], {}, [None], [[]], ["x"], {"id": None}, {"x": {}}),
)
_MOST_ANSWERS: Final = 8  # of one method
_MOST_PLACES: Final = 300  # of one answer


@dataclass
class Bend:
    """The answer that is made odd, counted from the first, and the place in it."""

    answer: int
    place: int
    value: Any
    gone: bool = False
    seen: int = field(default=0)

    def __call__(self, body: Any) -> Any:
        """The answer as it goes out."""
        self.seen += 1
        if self.seen - 1 != self.answer:
            return body
        paths = list(_paths(body))
        return _put(body, paths[self.place % len(paths)], self)


def bends() -> st.SearchStrategy[Bend]:
    return st.builds(
        Bend,
        answer=st.integers(0, _MOST_ANSWERS),
        place=st.integers(0, _MOST_PLACES),
        value=st.sampled_from(_VALUES),
        gone=st.booleans(),
    )


def _paths(tree: Any, at: Path = ()) -> Iterator[Path]:
    yield at
    if isinstance(tree, dict):
        for name, each in tree.items():
            yield from _paths(each, (*at, name))
    elif isinstance(tree, list):
        for place, each in enumerate(tree):
            yield from _paths(each, (*at, place))


def _put(tree: Any, path: Path, bend: Bend) -> Any:
    if not path:
        return bend.value
    whole = copy.deepcopy(tree)
    branch = whole
    for step in path[:-1]:
        branch = branch[step]
    if bend.gone:
        del branch[path[-1]]
    else:
        branch[path[-1]] = bend.value
    return whole
