"""Custom fields of the account, their values in an entity, and tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .asked import Asked
from .listing import page
from .problems import Row, error, no_choice
from .state import EMAIL_ENUMS, PHONE_ENUMS, State

_ENUMS: Final = {"PHONE": PHONE_ENUMS, "EMAIL": EMAIL_ENUMS}


def furnish(state: State) -> None:
    """The system's own fields."""
    for kind in ("contacts", "companies"):
        add(state, kind, "Телефон", "multitext", "PHONE")
        add(state, kind, "Email", "multitext", "EMAIL")
    add(state, "contacts", "Должность", "text", "POSITION")
    add(state, "companies", "Web", "url", "WEB")
    add(state, "companies", "Адрес", "textarea", "ADDRESS")


def add(state: State, kind: str, name: str, type: str = "text", code: str | None = None) -> int:
    id = state.number("field", 7000)
    enums = [
        {"id": state.number("enum"), "value": each, "code": each, "sort": place}
        for place, each in enumerate(_ENUMS.get(code or "", ()))
    ]
    state.fields[kind][id] = {
        "id": id,
        "name": name,
        "type": type,
        "code": code,
        "sort": len(state.fields[kind]),
        "is_api_only": False,
        "enums": enums or None,
        "entity_type": kind,
    }
    return id


def listed(asked: Asked) -> Row | None:
    rows = list(asked.state.fields[asked.kind].values())
    return page(
        rows, asked.query, name="custom_fields", address=asked.address, orders=("sort", "id")
    )


def errors(state: State, kind: str, given: Any, at: str = "custom_fields_values") -> Iterable[Row]:
    """What is wrong with the values of custom fields in a write."""
    for place, each in enumerate(given or []):
        path = f"{at}.{place}"
        if not isinstance(each, dict) or not set(each) <= {"field_id", "field_code", "values"}:
            yield error("InvalidType", path, "Name field_id or field_code, and values.")
            continue
        field = find(state, kind, each)
        if field is None:
            yield no_choice(f"{path}.field_id")
            continue
        if not isinstance(each.get("values"), list):
            yield error("InvalidType", f"{path}.values", "This value should be of type array.")
            continue
        yield from _value_errors(field, each["values"], f"{path}.values")


def _value_errors(field: Row, values: list[Any], at: str) -> Iterable[Row]:
    codes = [each["code"] for each in field["enums"] or []]
    if len(values) > 1 and field["type"] != "multitext":
        yield error("TooManyElements", at, "This field holds one value.")
    for place, value in enumerate(values):
        known = {"value", "enum_id", "enum_code"} if codes else {"value"}
        if not isinstance(value, dict) or not set(value) <= known:
            yield error("InvalidType", f"{at}.{place}", "This value is of another type.")
        elif field["type"] == "checkbox":
            if not isinstance(value.get("value"), bool):
                yield error("InvalidType", f"{at}.{place}.value", "This value is a flag.")
        elif not isinstance(value.get("value"), str) or not value["value"]:
            yield error("NotBlank", f"{at}.{place}.value", "This value should not be blank.")
        elif value.get("enum_code", codes[0] if codes else None) not in (codes or [None]):
            yield no_choice(f"{at}.{place}.enum_code")


def find(state: State, kind: str, given: Row) -> Row | None:
    for id, field in state.fields[kind].items():
        if given.get("field_id") == id:
            return field
        if "field_id" not in given and field["code"] and given.get("field_code") == field["code"]:
            return field
    return None


def write(state: State, kind: str, row: Row, given: list[Row] | None) -> None:
    """Each named field loses its earlier values."""
    kept = {each["field_id"]: each for each in row["custom_fields_values"] or []}
    for each in given or []:
        field = find(state, kind, each)
        assert field is not None
        if values := [_value(field, value) for value in each["values"]]:
            kept[field["id"]] = {
                "field_id": field["id"],
                "field_name": field["name"],
                "field_code": field["code"],
                "field_type": field["type"],
                "values": values,
            }
        else:
            kept.pop(field["id"], None)
    row["custom_fields_values"] = list(kept.values()) or None


def _value(field: Row, given: Row) -> Row:
    if not field["enums"]:
        return {"value": given["value"]}
    code = given.get("enum_code", field["enums"][0]["code"])
    id = next(each["id"] for each in field["enums"] if each["code"] == code)
    return {"value": given["value"], "enum_id": id, "enum_code": code}


def tag_errors(given: Any, at: str) -> Iterable[Row]:
    for place, tag in enumerate(given or []):
        named = isinstance(tag, dict) and set(tag) <= {"id", "name"} and tag
        if not named or not isinstance(tag.get("name", ""), str):
            yield error("InvalidType", f"{at}.{place}", "A tag has a name or an id.")


def tag(state: State, row: Row, given: Row) -> None:
    """`_embedded.tags` takes the place of all tags; the other two change them."""
    if "tags" in given.get("_embedded", {}):
        row["tags"] = []
    embedded = given.get("_embedded", {}).get("tags") or []
    for each in [*embedded, *(given.get("tags_to_add") or [])]:
        if each.get("name") and each["name"] not in [one["name"] for one in row["tags"]]:
            row["tags"].append(
                {"id": state.number("tag", 500), "name": each["name"], "color": None}
            )
    gone = [each.get("name") for each in given.get("tags_to_delete") or []]
    row["tags"] = [each for each in row["tags"] if each["name"] not in gone]
