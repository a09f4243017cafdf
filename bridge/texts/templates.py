"""A small, bounded part of Jinja2: what a template may do is on a list, and how much is counted.

A template is the owner's, what it is filled with is a stranger's, and neither may hold up the
daemon. So there is no call, macro, include or block; loops are counted; what makes a long text out
of a short one is not there or is bounded; and the result ends at a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from jinja2 import Environment, StrictUndefined, TemplateError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST: Final = 256 * 1024  # characters of one result
_LONGEST_SOURCE: Final = 16 * 1024
_MOST_STEPS: Final = 10_000  # turns of all loops of one rendering
_LONGEST_VALUE: Final = 64 * 1024  # characters of what a `set` keeps or a `join` makes

_NODES: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple,
    nodes.List, nodes.Dict, nodes.Pair, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Getattr,
    nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv,
    nodes.Mod, nodes.For, nodes.If, nodes.Assign, nodes.Keyword,
)  # fmt: skip
_FILTERS: Final = (
    "abs", "capitalize", "d", "default", "e", "escape", "first", "float", "int", "last", "length",
    "lower", "map", "reject", "rejectattr", "round", "select", "selectattr", "string", "title",
    "tojson", "trim", "truncate", "unique", "upper", "urlencode",
)  # fmt: skip
_STEPS: Final = "steps left"  # no name of a template can be this

T = TypeVar("T")


class TooMuch(TemplateError):
    """The template does more than a template may."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Only what stands in the lists above."""

    intercepted_binops = frozenset({"*", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True)
        known = {name: self.filters[name] for name in _FILTERS}
        self.filters = {**known, "join": _join, "bounded": _bounded, "counted": _counted}
        self.globals = {}
        self.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        for side in (left, right):
            if not isinstance(side, int | float):
                raise TooMuch(f"`{operator}` is for numbers here")
        return super().call_binop(context, operator, left, right)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        """Jinja2's own hook between parsing and compiling."""
        _check(source)
        for loop in list(source.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
        for kept in list(source.find_all(nodes.Assign)):
            kept.node = nodes.Filter(kept.node, "bounded", [], [], None, None, lineno=kept.lineno)
        return super()._generate(source, name, filename, defer_init)


class Template:
    """One text of the configuration. Raises jinja2.TemplateError where it cannot be one."""

    def __init__(self, source: str, environment: Environment | None = None) -> None:
        made = environment or _ENVIRONMENT
        self._template = _made(lambda: made.from_string(_short(source)))

    def render(self, facts: Mapping[str, Any]) -> str:
        """Raises ValueError in words for people."""
        try:
            return _told(lambda: self._joined(facts))
        except TypeError as error:
            raise ValueError(str(error)) from error

    def _joined(self, facts: Mapping[str, Any]) -> str:
        parts, length = [], 0
        for part in self._template.generate({**facts, _STEPS: [_MOST_STEPS]}):
            length += len(part)
            if length > LARGEST:
                raise TooMuch(f"the result is longer than {LARGEST} characters")
            parts.append(part)
        return "".join(parts)


class Condition:
    """One expression of the configuration. Raises jinja2.TemplateError where it cannot be one."""

    def __init__(self, source: str, environment: Environment | None = None) -> None:
        made = environment or _ENVIRONMENT
        self._expression = _made(
            lambda: made.compile_expression(_short(source), undefined_to_none=False)
        )

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """What compares with an absent value (`record.rating < 3`, never rated) does not hold.
        Raises ValueError in words for people."""
        try:
            return bool(self._asked(facts))
        except TypeError:
            return False

    def evaluated(self, facts: Mapping[str, Any]) -> Any:
        """Its value, not yet bounded where it is a list. Raises ValueError in words for people."""
        try:
            return self._asked(facts)
        except TypeError as error:
            raise ValueError(str(error)) from error

    def _asked(self, facts: Mapping[str, Any]) -> Any:
        given = {**facts, _STEPS: [_MOST_STEPS]}
        return _told(lambda: self._expression(**given))


def _made(make: Callable[[], T]) -> T:
    try:
        return make()
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise TooMuch("it is nested too deeply") from error


def _told(work: Callable[[], T]) -> T:
    try:
        return work()
    except (TemplateError, ArithmeticError, LookupError, RecursionError) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _short(source: str) -> str:
    if len(source) > _LONGEST_SOURCE:
        raise TooMuch(f"a template has at most {_LONGEST_SOURCE} characters")
    return source


def _check(source: nodes.Template) -> None:
    for node in source.find_all(nodes.Node):
        if not isinstance(node, _NODES) or getattr(node, "recursive", False):
            word = type(node).__name__.lower()
            raise TooMuch(f"line {node.lineno}: `{word}` is not for templates here")


@pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    left = context[_STEPS]
    for item in items:
        left[0] -= 1
        if left[0] < 0:
            raise TooMuch(f"its loops turn more than {_MOST_STEPS} times")
        yield item


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        raise TooMuch(f"a value is longer than {_LONGEST_VALUE} characters")
    return value


def _join(items: Iterable[Any], between: str = "") -> str:
    parts, length = [], 0
    for item in items:
        parts.append(str(item))
        length += len(parts[-1]) + len(between)
        if length > _LONGEST_VALUE:
            raise TooMuch(f"a value is longer than {_LONGEST_VALUE} characters")
    return between.join(parts)


_ENVIRONMENT: Final[Environment] = BoundedEnvironment()
