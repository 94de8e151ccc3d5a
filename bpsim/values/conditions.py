"""Conditions and number expressions: a small, safe language that is checked when the file is read."""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

from bpsim.errors import Mistake, did_you_mean

#: Built-in names, with what they hold.
BUILTINS = {
    "age": "duration",
    "waited": "duration",
    "channel": "text",
    "errors": "number",
    "undetected": "number",
    "now.hour": "number",
    "now.weekday": "text",
    "now.month": "number",
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = 500
DEEPEST = 40

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs, "round": round}
_UNIT = r"\s*(?!(?:and|or|not|if|else|in)\b|[eE][+-]?\d)[a-zA-Z]+(?![a-zA-Z_])"
_DURATION = re.compile(rf"(?<![\w.\"'])\d+(?:\.\d+)?{_UNIT}(?:\s*\d+(?:\.\d+)?{_UNIT})*")
#: A number with a decimal comma.
_COMMA = re.compile(r"[-+]?\d+,\d+\s*%?")
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*%(?!\s*(?:[\d(.]|(?!(?:and|else|if|in|not|or)\b)[A-Za-z_]))")


@dataclass(frozen=True, slots=True)
class _Duration:
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition or number expression; `text` is what was written, `code` the same with numbers for durations."""

    text: str
    code: str
    durations: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Write it as it was written."""
        return self.text

    @property
    def tree(self) -> ast.expr:
        """Give the parsed expression."""
        return _parsed(self.code)

    def _found(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "visits":
                yield f"visits:{_visited(node)}"
            elif isinstance(node, ast.Attribute):
                yield f"now.{node.attr}"
            elif isinstance(node, ast.Name):
                yield node.id

    def names(self) -> tuple[str, ...]:
        """List the attributes that it reads."""
        inside = {id(part) for node in ast.walk(self.tree) for part in _not_names(node)}
        found = [n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and id(n) not in inside]
        known = {*BUILTINS, *_FUNCTIONS, "true", "false", *WEEKDAYS}
        return tuple(sorted({name for name in found if name not in known}))

    def visits(self) -> tuple[str, ...]:
        """List the tasks whose visits it counts."""
        return tuple(sorted({name.removeprefix("visits:") for name in self._found() if name.startswith("visits:")}))

    def builtins(self) -> tuple[str, ...]:
        """List the built-ins that it reads."""
        return tuple(sorted({name for name in self._found() if name in BUILTINS}))

    def constant(self) -> Any:  # noqa: ANN401 - a number, text or truth
        """Give its value when nothing of a case decides it; else None."""
        if self.names() or self.visits() or self.builtins():
            return None
        try:
            return self.bind(_getter)({})
        except (ArithmeticError, TypeError):
            return None

    def check(self, types: Mapping[str, str], categories: Mapping[str, Sequence[str]] | None = None) -> str:
        """Give what it results in (number, text, truth, duration); Mistake when names or types do not fit."""
        return _Checker(self, types, categories or {}).kind(self.tree)

    def bind(self, lookup: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], Any]:
        """Compile it to nested functions of a context; `lookup` is asked once for each name it reads."""
        return _compiled(self.tree, lookup)


def parse_expression(text: str | float, *, duration: Callable[[str], int]) -> Expression:
    """Read an expression; `duration` reads the durations in it. Mistake says what is not allowed, and where."""
    if isinstance(text, bool):
        return Expression(str(text).lower(), str(text).lower())
    if isinstance(text, int | float):
        if not math.isfinite(text):
            raise Mistake("BP241", f"{text} is not a number", "Write a finite number.")
        return Expression(f"{text!r}", f"{text!r}")
    if len(text) > LONGEST:
        raise Mistake(
            "BP241", f"an expression of {len(text)} characters", f"At most {LONGEST}: use `assign` for parts of it."
        )
    code, durations = _plain(text, duration)
    try:
        tree = _parsed(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = max((getattr(error, "offset", None) or 1) - 1, 0)
        raise Mistake(
            "BP241", f"`{text.strip()}` is not a condition or number", _syntax_hint(text), min(at, len(text))
        ) from None
    _allowed(tree, text)
    if isinstance(tree, ast.List | ast.Tuple):
        point = text.strip().replace(",", ".")
        hint = f"Use a point: {point}." if _COMMA.fullmatch(text.strip()) else "A list stands behind `in`."
        raise Mistake("BP241", f"`{text.strip()}` is a list, not a condition or number", hint)
    return Expression(text.strip(), code, durations)


def _plain(text: str, duration: Callable[[str], int]) -> tuple[str, tuple[int, ...]]:
    """Replace what Python cannot read outside quotes: percentages, and durations (by marks such as `(5 .ms)`)."""
    pieces = re.split(r"(\"[^\"]*\"|'[^']*')", text.strip())
    durations: list[int] = []

    def measured(match: re.Match[str]) -> str:
        value = duration(match[0])
        durations.append(value)
        return f"({value}.__ms)"

    for i in range(0, len(pieces), 2):
        pieces[i] = _PERCENT.sub(lambda match: f"({float(match[1])}/100)", pieces[i])
        pieces[i] = _DURATION.sub(measured, pieces[i])
        pieces[i] = re.sub(r"\((\d+)\.__ms\)", r"(\1 .ms)", pieces[i])
    return "".join(pieces), tuple(durations)


@lru_cache(maxsize=4096)
def _parsed(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


def _syntax_hint(text: str) -> str:
    if re.search(r"(?<![<>=!])=(?!=)", text):
        return "Compare with two equal signs: ==."
    if "&&" in text or "||" in text:
        return "Write `and` and `or`."
    return 'Such as: area > 200 and kind == "housing".'


def _visited(node: ast.Call) -> str:
    task = node.args[0]
    return task.id if isinstance(task, ast.Name) else str(getattr(task, "value", ""))


def _not_names(node: ast.AST) -> Iterator[ast.AST]:
    """Give the names inside a node that are no attributes: functions, the task of visits, and `now`."""
    if isinstance(node, ast.Call):
        yield node.func
        if isinstance(node.func, ast.Name) and node.func.id == "visits":
            yield from node.args
    elif isinstance(node, ast.Attribute):
        yield node.value


def _is_duration(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "ms" and isinstance(node.value, ast.Constant)


def _allowed(tree: ast.expr, text: str) -> None:
    """Refuse everything that is not in the language."""
    _shallow(tree, 0)
    for node in ast.walk(tree):
        at = min(getattr(node, "col_offset", 0), max(len(text) - 1, 0))
        if isinstance(node, ast.Call):
            _allowed_call(node, at)
        elif isinstance(node, ast.Attribute):
            known = isinstance(node.value, ast.Name) and node.value.id == "now" and f"now.{node.attr}" in BUILTINS
            if not known and not _is_duration(node):
                raise Mistake("BP242", f"`.{node.attr}` is not allowed", "After `now.` come hour, weekday, month.", at)
        elif (isinstance(node, ast.BinOp) and type(node.op) not in _OPERATORS) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert)
        ):
            raise Mistake("BP242", "this operator is not allowed", "There are + - * / %.", at)
        elif isinstance(node, ast.Compare) and any(type(op) not in _COMPARISONS for op in node.ops):
            raise Mistake("BP242", "`is` is not allowed", "Compare with ==.", at)
        elif isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str):
            raise Mistake(
                "BP242", f"`{node.value!r}` is not allowed", "There are numbers, quoted text, true and false.", at
            )
        elif isinstance(node, ast.expr) and not isinstance(node, _NODES):
            raise Mistake("BP242", f"this is not allowed in a condition ({type(node).__name__.lower()})", "", at)


_NODES = (
    ast.Call,
    ast.Attribute,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Constant,
    ast.Name,
    ast.BoolOp,
    ast.IfExp,
    ast.List,
    ast.Tuple,
)


def _allowed_call(node: ast.Call, at: int) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in _FUNCTIONS and name != "visits":
        raise Mistake(
            "BP242",
            f"the call of {name or 'this'} is not allowed",
            "There are min, max, abs, round and visits(task).",
            at,
        )
    if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
        raise Mistake("BP242", f"{name} takes plain values", "", at)
    if name == "visits" and not (len(node.args) == 1 and isinstance(node.args[0], ast.Name | ast.Constant)):
        raise Mistake("BP242", "visits takes the name of one task", "Write visits(review).", at)
    most = {"abs": (1, 1), "round": (1, 1), "min": (2, 99), "max": (2, 99), "visits": (1, 1)}[name]
    if not most[0] <= len(node.args) <= most[1]:
        raise Mistake("BP242", f"{name} does not take {len(node.args)} values", "", at)


def _shallow(node: ast.AST, depth: int) -> None:
    if depth > DEEPEST:
        raise Mistake("BP241", "an expression that is nested too deeply", "Use `assign` for parts of it.")
    for child in ast.iter_child_nodes(node):
        _shallow(child, depth + 1)


class _Checker:
    """Works out what each part of an expression is."""

    def __init__(
        self, expression: Expression, types: Mapping[str, str], categories: Mapping[str, Sequence[str]]
    ) -> None:
        self.text = expression.text
        self.types = types
        self.categories = categories

    def kind(self, node: ast.AST) -> str:
        return str(getattr(self, f"_{type(node).__name__.lower()}")(node))

    def _at(self, node: ast.AST) -> int:
        return min(getattr(node, "col_offset", 0), max(len(self.text) - 1, 0))

    def _constant(self, node: ast.Constant) -> str:
        return "text" if isinstance(node.value, str) else "truth" if isinstance(node.value, bool) else "number"

    def _name(self, node: ast.Name) -> str:
        if node.id in {"true", "false"}:
            return "truth"
        if node.id in self.types:
            return self.types[node.id]
        if node.id in BUILTINS:
            return BUILTINS[node.id]
        if node.id in WEEKDAYS:
            return "text"
        hint = did_you_mean(node.id, [*self.types, *BUILTINS]) or "Define it under cases.attributes; text needs quotes."
        raise Mistake("BP243", f"undefined attribute {node.id}", hint, self._at(node))

    def _attribute(self, node: ast.Attribute) -> str:
        return "duration" if _is_duration(node) else BUILTINS[f"now.{node.attr}"]

    def _call(self, node: ast.Call) -> str:
        if isinstance(node.func, ast.Name) and node.func.id == "visits":
            return "number"
        return self._numeric(node.args, node)

    def _numeric(self, parts: Iterable[ast.AST], node: ast.AST) -> str:
        kinds = [self.kind(part) for part in parts]
        if "text" in kinds:
            raise Mistake("BP244", f"text where a number belongs in `{self.text}`", "", self._at(node))
        return "duration" if "duration" in kinds else "number"

    def _binop(self, node: ast.BinOp) -> str:
        if isinstance(node.op, ast.Div | ast.Mod) and isinstance(node.right, ast.Constant) and node.right.value == 0:
            raise Mistake("BP245", f"division by zero in `{self.text}`", "", self._at(node.right))
        kinds = {self.kind(node.left), self.kind(node.right)}
        self._numeric([node.left, node.right], node)
        return (
            "number"
            if isinstance(node.op, ast.Div) and kinds == {"duration"}
            else "duration"
            if "duration" in kinds
            else "number"
        )

    def _unaryop(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.Not):
            self.kind(node.operand)
            return "truth"
        return self._numeric([node.operand], node)

    def _boolop(self, node: ast.BoolOp) -> str:
        for value in node.values:
            if self.kind(value) not in {"truth", "number"}:
                raise Mistake(
                    "BP244",
                    f"text or a duration where a condition belongs in `{self.text}`",
                    "Compare it with something.",
                    self._at(value),
                )
        return "truth"

    def _ifexp(self, node: ast.IfExp) -> str:
        self.kind(node.test)
        kinds = {self.kind(node.body), self.kind(node.orelse)}
        if "text" in kinds and len(kinds) > 1:
            raise Mistake(
                "BP244", f"text or a number, depending on the condition, in `{self.text}`", "", self._at(node)
            )
        return "duration" if "duration" in kinds else kinds.pop() if len(kinds) == 1 else "number"

    def _list(self, node: ast.List | ast.Tuple) -> str:
        kinds = {self.kind(value) for value in node.elts}
        return kinds.pop() if len(kinds) == 1 else "number"

    _tuple = _list

    def _compare(self, node: ast.Compare) -> str:
        parts = [node.left, *node.comparators]
        kinds = [self.kind(part) for part in parts]
        for left, right, first, second in zip(parts[:-1], parts[1:], kinds[:-1], kinds[1:], strict=True):
            if ("text" in {first, second}) and first != second:
                raise Mistake(
                    "BP244",
                    f"text compared with a {second if first == 'text' else first} in `{self.text}`",
                    "",
                    self._at(right),
                )
            if {first, second} == {"duration", "number"} and not any(
                isinstance(p, ast.Constant) and p.value == 0 for p in (left, right)
            ):
                raise Mistake(
                    "BP244",
                    f"a duration compared with a number in `{self.text}`",
                    "Write the unit: age > 100d.",
                    self._at(right),
                )
            self._category(left, right)
            self._category(right, left)
        return "truth"

    def _category(self, name: ast.AST, value: ast.AST) -> None:
        """Compare an attribute only with words that it can hold."""
        if not isinstance(name, ast.Name) or name.id not in self.categories:
            return
        for constant in value.elts if isinstance(value, ast.List | ast.Tuple) else [value]:
            if isinstance(constant, ast.Constant) and constant.value not in self.categories[name.id]:
                words = self.categories[name.id]
                said = constant.value if isinstance(constant.value, str) else repr(constant.value)
                hint = did_you_mean(said, words) or f"It can be {', '.join(words)}."
                raise Mistake("BP246", f'{name.id} is never "{said}"', hint, self._at(constant))


def _compiled(node: ast.AST, lookup: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], Any]:  # noqa: C901, PLR0911, PLR0912 - one branch for each kind of node
    if isinstance(node, ast.Constant):
        constant = node.value
        return lambda _: constant
    if isinstance(node, ast.Name):
        if node.id in {"true", "false", *WEEKDAYS}:
            value = node.id == "true" if node.id not in WEEKDAYS else node.id
            return lambda _: value
        return lookup(node.id)
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Constant):
            duration = node.value.value
            return lambda _: duration
        return lookup(f"now.{node.attr}")
    if isinstance(node, ast.BoolOp):
        parts = [_compiled(value, lookup) for value in node.values]
        if isinstance(node.op, ast.And):
            return lambda context: all(part(context) for part in parts)
        return lambda context: any(part(context) for part in parts)
    if isinstance(node, ast.UnaryOp):
        operand = _compiled(node.operand, lookup)
        if isinstance(node.op, ast.Not):
            return lambda context: not operand(context)
        return operand if isinstance(node.op, ast.UAdd) else lambda context: -operand(context)
    if isinstance(node, ast.BinOp):
        left, right, combine = _compiled(node.left, lookup), _compiled(node.right, lookup), _OPERATORS[type(node.op)]
        return lambda context: combine(left(context), right(context))
    if isinstance(node, ast.IfExp):
        test, body, other = (_compiled(part, lookup) for part in (node.test, node.body, node.orelse))
        return lambda context: body(context) if test(context) else other(context)
    if isinstance(node, ast.List | ast.Tuple):
        items = [_compiled(item, lookup) for item in node.elts]
        return lambda context: [item(context) for item in items]
    if isinstance(node, ast.Compare):
        return _comparison(node, lookup)
    assert isinstance(node, ast.Call)  # noqa: S101 - nothing else is allowed
    assert isinstance(node.func, ast.Name)  # noqa: S101
    if node.func.id == "visits":
        return lookup(f"visits:{_visited(node)}")
    function, arguments = _FUNCTIONS[node.func.id], [_compiled(argument, lookup) for argument in node.args]
    return lambda context: function(*[argument(context) for argument in arguments])


def _comparison(node: ast.Compare, lookup: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    first = _compiled(node.left, lookup)
    rest = [
        (_COMPARISONS[type(op)], _compiled(part, lookup)) for op, part in zip(node.ops, node.comparators, strict=True)
    ]

    def compare(context: Any) -> bool:  # noqa: ANN401 - whatever the lookup's getters take
        left = first(context)
        for test, part in rest:
            right = part(context)
            if not test(left, right):
                return False
            left = right
        return True

    return compare


def _borders(expressions: Sequence[Expression], names: Sequence[str]) -> dict[str, set[float]] | None:
    """Give the numbers with which each name is compared; None when an expression does more than compare."""
    borders: dict[str, set[float]] = {name: set() for name in names}
    for node in (node for expression in expressions for node in ast.walk(expression.tree)):
        if isinstance(node, ast.BinOp | ast.Call | ast.IfExp):
            return None
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            constants = [p.value for part in parts for p in ast.walk(part) if isinstance(p, ast.Constant)]
            numbers = {float(value) for value in constants if isinstance(value, int | float)}
            for part in parts:
                if isinstance(part, ast.Name) and part.id in borders:
                    borders[part.id] |= numbers
    return borders


def _points(
    expressions: Sequence[Expression], types: Mapping[str, str], categories: Mapping[str, Sequence[object]]
) -> Iterator[dict[str, Any]] | None:
    """Give every combination of interesting values: truths, words, and numbers at, below and above each threshold."""
    names = sorted({name for expression in expressions for name in expression.names()})
    if any(expression.builtins() or expression.visits() for expression in expressions) or not names:
        return None
    borders = _borders(expressions, names)
    if borders is None:
        return None
    choices: list[list[Any]] = []
    for name in names:
        if types.get(name) == "truth":
            choices.append([True, False])
        elif name in categories:
            choices.append(list(categories[name]))
        else:
            marks = sorted(borders[name] or {0.0})
            between = [(a + b) / 2 for a, b in pairwise(marks)]
            choices.append(sorted({marks[0] - 1, *marks, *between, marks[-1] + 1}))
    if math.prod(map(len, choices)) > 20_000:  # noqa: PLR2004 - more would take longer than it is worth
        return None
    return (dict(zip(names, values, strict=True)) for values in product(*choices))


def _getter(name: str) -> Callable[[Any], Any]:
    return lambda point: point[name]


def overlap(
    expressions: Sequence[Expression], types: Mapping[str, str], categories: Mapping[str, Sequence[object]]
) -> str | None:
    """Find values for which two of the conditions hold, in words; None when there are none or it cannot be decided."""
    points = _points(expressions, types, categories)
    tests = [expression.bind(_getter) for expression in expressions] if points is not None else []
    return next((_said(point) for point in points or () if sum(bool(test(point)) for test in tests) > 1), None)


def gap(
    expressions: Sequence[Expression], types: Mapping[str, str], categories: Mapping[str, Sequence[object]]
) -> str | None:
    """Find values for which no condition holds, in words; empty for none, None when it cannot be decided."""
    points = _points(expressions, types, categories)
    if points is None:
        return None
    tests = [expression.bind(_getter) for expression in expressions]
    return next((_said(point) for point in points if not any(test(point) for test in tests)), "")


def _said(point: Mapping[str, Any]) -> str:
    """Write values of attributes as they are written in a file."""
    shown = {
        name: str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else value
        for name, value in point.items()
    }
    return ", ".join(f"{name} = {value}" for name, value in shown.items())


def _ever(
    expression: Expression, types: Mapping[str, str], categories: Mapping[str, Sequence[object]], *, wanted: bool
) -> bool | None:
    points = _points([expression], types, categories)
    if points is None:
        return None
    test = expression.bind(_getter)
    return any(bool(test(point)) is wanted for point in points)


def never_true(expression: Expression, types: Mapping[str, str], categories: Mapping[str, Sequence[object]]) -> bool:
    """Tell whether a condition can be seen never to hold."""
    return _ever(expression, types, categories, wanted=True) is False


def always_true(expression: Expression, types: Mapping[str, str], categories: Mapping[str, Sequence[object]]) -> bool:
    """Tell whether a condition can be seen always to hold."""
    return _ever(expression, types, categories, wanted=False) is False
