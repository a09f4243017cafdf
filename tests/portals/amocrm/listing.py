"""Lists: filtered, searched, ordered, in pages; nothing found is 204 without a body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .checking import parameters
from .problems import Row, problem

LARGEST: Final = 250
_COMMON: Final = ("limit", "page", "order")

Holds = Callable[[Row, Any], bool]


def listed(value: Any) -> list[Any]:
    """`a[]=1&a[]=2`, or one value alone."""
    return list(value.values()) if isinstance(value, dict) else [value]


def whole(value: Any, name: str) -> int:
    if not str(value).lstrip("-").isdecimal():
        raise problem(400, f"{name} is no number")
    return int(value)


def one_of(name: str) -> Holds:
    return lambda row, given: row[name] in [whole(each, name) for each in listed(given)]


def word_of(name: str) -> Holds:
    return lambda row, given: row[name] in listed(given)


def between(name: str) -> Holds:
    def holds(row: Row, given: Any) -> bool:
        if not isinstance(given, dict) or not set(given) <= {"from", "to"}:
            raise problem(400, f"{name} takes from and to")
        first, last = given.get("from", "0"), given.get("to", str(2**53))
        return whole(first, name) <= int(row[name]) <= whole(last, name)

    return holds


def filtered(rows: Iterable[Row], given: Any, filters: Mapping[str, Holds]) -> list[Row]:
    """Raises Problem for a filter that is not documented."""
    if not isinstance(given, dict):
        raise problem(400, "filter is no map")
    parameters(given, filters)
    return [row for row in rows if all(filters[name](row, value) for name, value in given.items())]


def page(
    rows: list[Row],
    query: Mapping[str, Any],
    *,
    name: str,
    address: str,
    known: Iterable[str] = (),
    orders: Iterable[str] = ("id", "created_at", "updated_at"),
) -> Row | None:
    """One page of the rows under `name`; None where there is nothing."""
    parameters(query, (*_COMMON, *known))
    size, number = whole(query.get("limit", 50), "limit"), whole(query.get("page", 1), "page")
    if not 1 <= size <= LARGEST or number < 1:
        raise problem(400, f"limit is 1 to {LARGEST}, page begins at 1")
    ordered = _ordered(rows, query.get("order", {}), orders)
    part = ordered[(number - 1) * size : number * size]
    if not part:
        return None
    links = {"self": {"href": f"{address}?page={number}&limit={size}"}}
    if len(ordered) > number * size:
        links["next"] = {"href": f"{address}?page={number + 1}&limit={size}"}
    return {"_page": number, "_links": links, "_embedded": {name: part}}


def _ordered(rows: list[Row], order: Any, known: Iterable[str]) -> list[Row]:
    if not isinstance(order, dict):
        raise problem(400, "order is no map")
    parameters(order, known)
    for name, way in reversed(list(order.items())):
        if way not in ("asc", "desc"):
            raise problem(400, "order is asc or desc")
        rows = sorted(rows, key=lambda row: row[name], reverse=way == "desc")
    return rows
