"""pydantic's errors, told to the person who wrote the file."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bridge.config.findings import Path

# pydantic's error type -> problem, advice; both filled from the error's context.
_TOLD: Final[dict[str, tuple[str, str]]] = {
    "missing": ("this key is missing", ""),
    "int_parsing": ("this is no whole number", "write digits only"),
    "int_from_float": ("this is no whole number", "write digits only"),
    "float_parsing": ("this is no number", "write it as 1.5"),
    "bool_parsing": ("this is neither yes nor no", "write `true` or `false`"),
    "model_type": ("keys are expected below this one", "write `key: value` lines, indented"),
    "model_attributes_type": ("keys are expected below this one", "write them indented"),
    "dict_type": ("keys are expected below this one", "write `key: value` lines, indented"),
    "mapping_type": ("keys are expected below this one", "write `key: value` lines, indented"),
    "list_type": ("a list is expected", "write `[one, two]`, or one `- item` a line"),
    "frozen_set_type": ("a list is expected", "write `[one, two]`, or one `- item` a line"),
    "tuple_type": ("a list is expected", "write `[one, two]`, or one `- item` a line"),
    "string_type": ("one text is expected", "write `key: text`"),
    "time_delta_parsing": ("this is no duration", "write it as 00:15:00, or as 3d for days"),
    "path_type": ("a path is expected", "write `/absolute/path`"),
    "literal_error": ("this is none of the words known here", "write one of: {expected}"),
    "enum": ("this is none of the words known here", "write one of: {expected}"),
    "union_tag_invalid": ("there is no such {discriminator}", "write one of: {expected_tags}"),
    "union_tag_not_found": ("{discriminator} is missing", "say which kind this is"),
    "string_pattern_mismatch": ("this is not written as it must be", ""),
    "string_too_short": ("this is empty", ""),
    "too_short": ("at least {min_length} is needed", ""),
    "greater_than": ("this is too small", "write more than {gt}"),
    "greater_than_equal": ("this is too small", "write {ge} or more"),
    "less_than": ("this is too large", "write less than {lt}"),
    "less_than_equal": ("this is too large", "write {le} or less"),
    "ip_any_network": (
        "this is no network",
        "write it as 10.0.0.5/32 or 10.0.0.0/24, without bits behind the prefix",
    ),
    "value_error": ("{error}", ""),
    "assertion_error": ("{error}", ""),
}


def explained(
    error: ErrorDetails, model: type[BaseModel], written: Mapping[Path, str]
) -> tuple[Path, str, str]:
    """Path, problem and advice. `written` keeps texts that stand outside the file out of both."""
    path, models, field = _followed(error["loc"], model)
    if error["type"] == "extra_forbidden":
        return path, "this key is not known", _did_you_mean(str(path[-1]), models)
    problem, advice = _TOLD.get(error["type"], (error["msg"], ""))
    if path and path[-1] == "[key]":
        path, problem = path[:-1], f"as a name, {problem}"
    context = _Context(error.get("ctx") or {})
    problem, advice = problem.format_map(context), advice.format_map(context)
    if path in written:
        hidden = str(error["input"])
        problem = problem.replace(hidden, written[path])
        advice = advice.replace(hidden, written[path])
    if error["type"] == "string_pattern_mismatch":
        return path, problem, _form(path, field, context["pattern"])
    return path, problem, advice or _example(path, field)


class _Context(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _did_you_mean(key: str, models: list[type[BaseModel]]) -> str:
    known = sorted({name for model in models for name in model.model_fields})
    close = get_close_matches(key.casefold(), known, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"


def _example(path: Path, field: FieldInfo | None) -> str:
    if field is None or not path:
        return ""
    if field.examples:
        key = next(step for step in reversed(path) if isinstance(step, str))
        return f"write for example `{key}: {field.examples[0]}`"
    return field.description or ""


def _form(path: Path, field: FieldInfo | None, pattern: str) -> str:
    """How a text is written; the pattern itself only where nothing else says it."""
    if field is None or not field.examples:
        return f"it must match {pattern}"
    return "; ".join(filter(None, (field.description, _example(path, field))))


def _followed(
    loc: tuple[int | str, ...], model: type[BaseModel]
) -> tuple[Path, list[type[BaseModel]], FieldInfo | None]:
    """Where in the file pydantic's `loc` lies; the models there, and the last field met.

    pydantic puts the kind of a union's member into `loc`, which stands nowhere in the file.
    """
    path: list[int | str] = []
    current: list[Any] = [model]
    models: list[type[BaseModel]] = [model]
    field: FieldInfo | None = None
    for step in loc:
        chosen = [member for member in current if step in _tags(member)]
        if len(current) > 1 and chosen:
            current = models = chosen
            continue
        path.append(step)
        models = [member for member in current if _is_model(member)]
        if isinstance(step, str):  # an item is written as its list's example shows
            known = (member.model_fields.get(step) for member in models)
            field = next(filter(None, known), None)
        current = [inner for member in current for inner in _inside(member, step)]
    return tuple(path), models, field


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _tags(annotation: Any) -> Iterator[Any]:
    """The words by which a union of models may choose this one."""
    if _is_model(annotation):
        for field in annotation.model_fields.values():
            if get_origin(field.annotation) is Literal:
                yield from get_args(field.annotation)


def _inside(annotation: Any, step: int | str) -> list[Any]:
    """What may stand under `step` of this annotation."""
    if _is_model(annotation):
        field = annotation.model_fields.get(str(step))
        return _members(field.annotation) if field else []
    arguments = get_args(annotation)
    return _members(arguments[-1 if isinstance(step, str) else 0]) if arguments else []


def _members(annotation: Any) -> list[Any]:
    """The annotation without Annotated, and a union as its members."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [inner for member in get_args(annotation) for inner in _members(member)]
    return [annotation]
