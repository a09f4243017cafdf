"""The texts of a description: templates, JSONPaths, and trees of templates."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict

from bridge.crm.declarative.expressions import is_path, names

_STATUS: Final = re.compile(r"[1-5](?:\d\d|xx)")


def _text(source: str) -> str:
    names(source)
    return source


def _template(source: str) -> str:
    if is_path(source):
        raise ValueError("a JSONPath reads an answer; what is sent is a template, `{{ … }}`")
    return _text(source)


def _tree(made: Any) -> Any:
    """A text, or lists and maps of them. Raises ValueError."""
    if isinstance(made, str):
        return _template(made)
    if isinstance(made, list | tuple):
        return [_tree(each) for each in made]
    if isinstance(made, dict):
        return {str(key): _tree(each) for key, each in made.items()}
    raise ValueError("texts, and lists and maps of texts, are expected")


def _path(source: str) -> str:
    if not is_path(source):
        raise ValueError("this must be a JSONPath, which begins with `$`")
    return _text(source)


def _status(word: str) -> str:
    if not _STATUS.fullmatch(word):
        raise ValueError("this is no status: write 409, or 5xx for all of a hundred")
    return word


TemplateText = Annotated[str, AfterValidator(_template)]
ValueText = Annotated[str, AfterValidator(_text)]
PathText = Annotated[str, AfterValidator(_path)]
Status = Annotated[str, AfterValidator(_status)]
Tree = Annotated[Any, AfterValidator(_tree)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
