"""Parameters and rows of a write, each field by its kind; what is not documented is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .problems import Row, error, invalid, problem

MOST: Final = 250  # rows of one write

Fits = Callable[[Any], bool]
More = Callable[[Row], Iterable[Row]]


def integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def text(value: Any) -> bool:
    return isinstance(value, str)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def mapping(value: Any) -> bool:
    return isinstance(value, dict)


def rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def user(value: Any) -> bool:
    """An id, or the name or number of somebody."""
    return integer(value) or text(value)


@dataclass(frozen=True, slots=True)
class Field:
    fits: Fits
    required: bool = False
    nullable: bool = False


Fields = Mapping[str, Field]


def errors_of(row: Any, fields: Fields, at: str = "") -> list[Row]:
    """What is wrong with the fields of one row, each by its path."""
    if not isinstance(row, dict):
        return [error("InvalidType", at, "This value should be of type array.")]
    found = [
        error("NotSupportedField", f"{at}{name}", "This field was not expected.")
        for name in row
        if name not in fields
    ]
    for name, field in fields.items():
        if name not in row:
            if field.required:
                found.append(error("FieldMissing", f"{at}{name}", "This field is missing."))
        elif row[name] is None:
            if not field.nullable:
                detail = "This value should not be null."
                found.append(error("NotNullable", f"{at}{name}", detail))
        elif not field.fits(row[name]):
            detail = "This value is of another type."
            found.append(error("InvalidType", f"{at}{name}", detail))
    return found


def batch(body: Any, fields: Fields, more: More) -> list[Row]:
    """The rows of a write, with the `request_id` that each is answered by. Raises Problem when one
    of them is wrong, and then none is taken."""
    if not isinstance(body, list) or not body:
        raise problem(400, "The body is no list of rows")
    if len(body) > MOST:
        raise problem(400, f"At most {MOST} rows in one request")
    wrong: dict[str, list[Row]] = {}
    for place, row in enumerate(body):
        found = errors_of(row, fields)
        if not found:
            found = list(more(row))
        if found:
            id = row.get("request_id", place) if isinstance(row, dict) else place
            wrong[str(id)] = found
    if wrong:
        raise invalid(wrong)
    return [{"request_id": str(place), **row} for place, row in enumerate(body)]


def parameters(given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raises Problem for a parameter of the query that is not documented."""
    if strange := sorted(set(given) - set(known)):
        raise problem(400, f"Unknown parameter {strange[0]}")
