"""Parameters of a notebook: what its `parameters` cell declares, and which values may take their place.

Papermill writes parameter names raw into code, only warns of unknown ones, and guesses types from the command line.
Here a name must be declared by the notebook, and a value must be of the type that the notebook's annotation names:
`code: str = "001"` keeps `007` as text, `n_clusters: int = 3` refuses `three`. Where chapters share a name, its rule is
known before anything starts: `LEAST`.

The cell is read, never run: plain annotated literals are all it may hold.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cvlab.checks import check_count
from cvlab.errors import ParameterError

# Whole numbers that mean the same in every chapter, and the least that each may be; 0 leaves some to the chapter.
LEAST = {"seed": 0, "n_clusters": 2}
LEFT_OPEN = {"n_clusters"}
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_WHOLE = re.compile(r"[+-]?\d+")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One declared parameter: its name, its annotation as written, its default."""

    name: str
    annotation: str
    default: Any


def read_parameters(source: str) -> dict[str, Parameter]:
    """Return the parameters that the source of a `parameters` cell declares, by name and in order.

    Raises
    ------
    ParameterError : a line is not `name: type = literal`, a name comes twice, or a default is not of its type.

    Examples
    --------
    >>> read_parameters('product_line: str = "fitness-trackers"\\nseed: int = 0')["seed"]
    Parameter(name='seed', annotation='int', default=0)
    >>> read_parameters("seed = 0")
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: line 1 of the parameters cell is `seed = 0`: write it as name: type = literal
    """
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(f"line {error.lineno} of the parameters cell is not Python: {error.msg}") from None
    declared: dict[str, Parameter] = {}
    for statement in body:
        parameter = _read_statement(statement)
        if parameter.name in declared:
            raise ParameterError(f"the parameters cell declares {parameter.name} twice: keep one")
        declared[parameter.name] = parameter
    return declared


def convert_value(value: Any, parameter: Parameter) -> Any:
    """Return `value` as the type that the parameter's annotation names; text is read as a person would have typed it.

    Raises
    ------
    ParameterError : the value cannot be of that type, or is less than a parameter of that name may be.

    Examples
    --------
    >>> convert_value("007", Parameter(name="code", annotation="str", default="")), convert_value(
    ...     "2, 3", Parameter(name="sizes", annotation="list[int]", default=[]))
    ('007', [2, 3])
    >>> convert_value("three", Parameter(name="n", annotation="int", default=2))
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: n is 'three': give a whole number
    """
    kind = ast.parse(parameter.annotation, mode="eval").body
    try:
        converted = _convert(value, kind)
    except ValueError:
        raise ParameterError(f"{parameter.name} is {value!r}: give {_describe(kind)}") from None
    left_open = parameter.name in LEFT_OPEN and converted == 0
    if parameter.name in LEAST and parameter.annotation == "int" and not left_open:
        check_count(converted, parameter.name, least=LEAST[parameter.name])
    return converted


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a parameter at all."""
    return text.isidentifier() and not keyword.iskeyword(text)


def _read_statement(statement: ast.stmt) -> Parameter:
    written = ast.unparse(statement).splitlines()[0]
    where = f"line {statement.lineno} of the parameters cell is `{written}`"
    if not (
        isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None
    ):
        raise ParameterError(f"{where}: write it as name: type = literal")
    try:
        default = ast.literal_eval(statement.value)
    except (ValueError, TypeError, SyntaxError):
        raise ParameterError(f"{where}: the value must be a literal such as 3, 0.5, 'text' or [1, 2]") from None
    parameter = Parameter(name=statement.target.id, annotation=ast.unparse(statement.annotation), default=default)
    _describe(statement.annotation)
    try:
        convert_value(default, parameter)
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from None
    return parameter


def _convert(value: Any, kind: ast.expr) -> Any:
    """Convert by an annotation; ValueError where that is not possible."""
    for option in _options(kind):
        try:
            return _convert_one(value, option)
        except ValueError:
            continue
    raise ValueError


def _convert_one(value: Any, kind: ast.expr) -> Any:
    if isinstance(kind, ast.Constant) and kind.value is None:
        if value is None or (isinstance(value, str) and value.strip().lower() in ("none", "")):
            return None
        raise ValueError
    if isinstance(kind, ast.Subscript):
        name = ast.unparse(kind.value)
        if name == "Literal":
            return _choose(value, kind)
        return _convert_items(value, _item_kind(kind))
    converters = {"str": _to_text, "int": _to_whole, "float": _to_number, "bool": _to_truth}
    name = ast.unparse(kind)
    if name in converters:
        return converters[name](value)
    return _convert_items(value, None)


def _options(kind: ast.expr) -> list[ast.expr]:
    """Take `a | b` apart; None goes first, so that an optional text can be switched off by typing none."""
    if isinstance(kind, ast.BinOp) and isinstance(kind.op, ast.BitOr):
        options = _options(kind.left) + _options(kind.right)
        return sorted(options, key=lambda option: not isinstance(option, ast.Constant))
    return [kind]


def _item_kind(kind: ast.Subscript) -> ast.expr:
    return kind.slice.elts[0] if isinstance(kind.slice, ast.Tuple) else kind.slice


def _choose(value: Any, kind: ast.Subscript) -> Any:
    for option in _literals(kind):
        if value == option and isinstance(value, bool) == isinstance(option, bool):
            return option
        if isinstance(value, str) and value.strip() == str(option):
            return option
    raise ValueError


def _literals(kind: ast.Subscript) -> list[Any]:
    items = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
    return [ast.literal_eval(item) for item in items]


def _convert_items(value: Any, item: ast.expr | None) -> list[Any]:
    if isinstance(value, str):
        text = value.strip()
        if text.startswith(("[", "(")):
            try:
                value = ast.literal_eval(text)
            except (ValueError, SyntaxError):
                raise ValueError from None
        else:
            value = [part.strip() for part in text.split(",")] if text else []
    if not isinstance(value, (list, tuple)):
        raise ValueError
    return [part if item is None else _convert(part, item) for part in value]


def _to_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _to_whole(value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError


def _to_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or "_" in str(value):
        raise ValueError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _to_truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _YES + _NO:
        return value.strip().lower() in _YES
    raise ValueError


_WORDS: Mapping[str, str] = {
    "str": "text",
    "int": "a whole number",
    "float": "a number such as 0.5",
    "bool": "true or false",
    "list": "a list such as a, b or [1, 2]",
    "tuple": "a list such as a, b or [1, 2]",
}


def _describe(kind: ast.expr) -> str:
    """Say in words what an annotation allows; ParameterError for one that this reader does not know."""
    options = _options(kind)
    if len(options) > 1:
        return " or ".join(_describe(option) for option in options[::-1])
    if isinstance(kind, ast.Constant) and kind.value is None:
        return "none"
    name = ast.unparse(kind.value if isinstance(kind, ast.Subscript) else kind)
    if isinstance(kind, ast.Subscript) and name == "Literal":
        return f"one of {', '.join(repr(option) for option in _literals(kind))}"
    if isinstance(kind, ast.Subscript) and name in ("list", "tuple"):
        item = _item_kind(kind)
        return f"a list, separated by commas, each {_describe(item)}"
    if isinstance(kind, ast.Name) and name in _WORDS:
        return _WORDS[name]
    raise ParameterError(
        f"the annotation {ast.unparse(kind)} is not one a report can fill: use str, int, float, bool, list[…], "
        "Literal[…] or one of these | None"
    )
