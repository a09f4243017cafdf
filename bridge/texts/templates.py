"""A small, bounded part of Jinja2: what a template may do is on a list, and how much is counted.

A template is the owner's, what it is filled with is a stranger's, and neither may hold up the
daemon. So there is no call, macro, include or block; loops, filters (bridge/texts/bounds.py) and
what looks at a long text (bridge/texts/reading.py) are counted; what makes a long text out of a
short one is not there or is bounded; and the result ends at a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from bridge.texts import bounds, reading
from bridge.texts.bounds import MOST_STEPS, STEPS, TooMuch

LARGEST: Final = 256 * 1024  # characters of one result
_LONGEST_SOURCE: Final = 16 * 1024

_NODES: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple,
    nodes.List, nodes.Dict, nodes.Pair, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Getattr,
    nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv,
    nodes.Mod, nodes.For, nodes.If, nodes.Assign, nodes.Keyword,
)  # fmt: skip
_PLAIN: Final = ("abs", "d", "default", "first", "last", "length")
_NUMBERS: Final = ("float", "int")
_CASES: Final = ("lower", "upper")
_WRITING: Final = (
    "capitalize", "e", "escape", "lower", "string", "title", "trim", "upper", "urlencode",
)  # fmt: skip
_WALKING: Final = ("map", "reject", "rejectattr", "select", "selectattr")
_ARITHMETIC: Final = frozenset({"*", "%", "/", "//"})

T = TypeVar("T")


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Only what stands in the lists above."""

    intercepted_binops = _ARITHMETIC | {"+", "-"}

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True)
        self.filters = _filters(self.filters)
        self.tests = _tests(self.tests)
        self.globals = {}
        self.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        for side in (left, right):
            bounds.number(side)
            if operator in ("*", "%") and not isinstance(side, int | float):
                raise TooMuch(f"`{operator}` is for numbers here")
        return bounds.added(context, super().call_binop(context, operator, left, right))

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        """Jinja2's own hook between parsing and compiling."""
        _check(source)
        source = _Bounding().visit(source)
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
        for part in self._template.generate({**facts, STEPS: [MOST_STEPS]}):
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
        given = {**facts, STEPS: [MOST_STEPS]}
        return _told(lambda: self._expression(**given))


def _made(make: Callable[[], T]) -> T:
    try:
        return make()
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise TooMuch("it is nested too deeply") from error


def _told(work: Callable[[], T]) -> T:
    try:
        return work()
    except (TemplateError, ArithmeticError, LookupError, RecursionError, AttributeError) as error:
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


class _Bounding(NodeTransformer):
    """Puts what counts and bounds around what a template walks, keeps, joins and makes."""

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _through("counted", node.iter)
        return node

    def visit_Assign(self, node: nodes.Assign) -> nodes.Assign:
        self.generic_visit(node)
        node.node = _through("bounded", node.node)
        return node

    def visit_Operand(self, node: nodes.Operand) -> nodes.Operand:
        self.generic_visit(node)
        name = "searched" if node.op in ("in", "notin") else "compared"
        node.expr = _through(name, node.expr)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:
        self.generic_visit(node)
        node.expr = _through("compared", node.expr)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        return _through("sliced", node) if isinstance(node.arg, nodes.Slice) else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _through("concatenated", nodes.List(node.nodes, lineno=node.lineno))

    def visit_List(self, node: nodes.List) -> nodes.Expr:
        self.generic_visit(node)
        return _through("built", node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:
        self.generic_visit(node)
        return _through("built", node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
        self.generic_visit(node)
        return _through("built", node) if node.ctx == "load" else node


def _through(name: str, node: nodes.Node) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _filters(known: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    return {
        **{name: known[name] for name in _PLAIN},
        **{name: bounds.writing(known[name]) for name in _WRITING},
        **{name: bounds.walking(known[name]) for name in _WALKING},
        **{name: reading.reading(known[name]) for name in _NUMBERS},
        "unique": bounds.walking(known["unique"], by="environment"),
        "truncate": bounds.writing(known["truncate"], by="environment"),
        "tojson": bounds.writing(bounds.indented(known["tojson"]), by="eval_ctx"),
        "round": bounds.rounded,
        "join": bounds.join,
        "concatenated": bounds.concatenated,
        "bounded": bounds.bounded,
        "built": bounds.built,
        "counted": bounds.counted,
        "searched": reading.searched,
        "compared": reading.compared,
        "sliced": reading.sliced,
    }


def _tests(known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **known,
        **{name: reading.comparing(known[name]) for name in reading.COMPARING},
        **{name: reading.reading(known[name]) for name in _CASES},
        "in": reading.contained,
        "divisibleby": reading.divisible,
    }


_ENVIRONMENT: Final[Environment] = BoundedEnvironment()
