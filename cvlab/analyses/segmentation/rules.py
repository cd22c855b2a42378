"""Rules: a small language in which a segment is described, such as `chairs < 4 and region in ["north", "east"]`.

    rule        or-terms of and-terms of `not` terms, with parentheses
    comparison  column  < <= > >= == !=  number, "text", true, false or another column
    membership  column in [value, value, …]   or   column not in […]
    column      a plain word, or anything between backticks: `number of chairs`

A rule is read character by character into a function of a table; nothing is ever evaluated as a program. Where a
value is missing the rule is undecided, as in a database: neither it nor its `not` holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import pandas as pd

from cvlab.errors import DataError, ParameterError

Condition = Callable[[pd.DataFrame], pd.Series]

LONGEST_RULE = 2000
DEEPEST_NESTING = 40
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
      | "(?P<double>[^"]*)" | '(?P<single>[^']*)' | `(?P<quoted>[^`]+)`
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><=|>=|==|!=|<|>|\(|\)|\[|\]|,)
    )""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
_ORDERED = ("<", "<=", ">", ">=")


@dataclass(frozen=True, kw_only=True)
class SegmentRule:
    """A rule that was read: the columns it needs and the condition it sets.

    Examples
    --------
    >>> rule = read_rule("chairs < 4 and not region == 'north'")
    >>> rule.columns
    ('chairs', 'region')
    >>> rule.holds(pd.DataFrame({"chairs": [2, 2, 9], "region": ["south", "north", "south"]})).tolist()
    [True, False, False]
    """

    text: str
    columns: tuple[str, ...]
    condition: Condition

    def holds(self, table: pd.DataFrame) -> pd.Series:
        """Return for each row True, False, or missing where the rule is undecided (dtype `boolean`).

        Raises
        ------
        DataError : a column of the rule is not in the table.
        ParameterError : numbers are compared with text.
        """
        missing = [column for column in self.columns if column not in table.columns]
        if missing:
            raise DataError(
                f"rule {self.text!r} needs column{'s' if len(missing) > 1 else ''} {', '.join(missing)}: "
                f"there are {', '.join(str(column) for column in table.columns)}"
            )
        return self.condition(table)


def read_rule(text: str) -> SegmentRule:
    """Read a rule.

    Raises
    ------
    ParameterError : the text is not a rule; the message says at which position, counted from 1, and what was expected.

    Examples
    --------
    >>> read_rule("chairs <")
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: rule 'chairs <', position 9: expected a number, "text" or a column, found the end
    """
    if not isinstance(text, str) or not text.strip():
        raise ParameterError(f"rule {text!r} is empty: write one such as 'chairs < 4'")
    if len(text) > LONGEST_RULE:
        raise ParameterError(f"rule {text[:40]!r}… has {len(text)} characters: write at most {LONGEST_RULE}")
    reader = _Reader(text)
    condition = reader.read_or()
    if reader.kind != "end":
        reader.complain("and, or, or the end")
    return SegmentRule(text=text, columns=tuple(dict.fromkeys(reader.columns)), condition=condition)


@dataclass(frozen=True, kw_only=True)
class _Operand:
    """A column's name, or a value."""

    value: Any
    is_column: bool

    def of(self, table: pd.DataFrame) -> Any:
        return table[self.value] if self.is_column else self.value


class _Reader:
    """Recursive descent: one method per line of the grammar in the module's docstring."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: list[str] = []
        self.depth = 0
        self.end = 0
        self.advance()

    def advance(self) -> None:
        self.start = len(self.text) - len(self.text[self.end :].lstrip())
        if self.start == len(self.text):
            self.kind, self.token = "end", ""
            return
        found = _TOKEN.match(self.text, self.end)
        if found is None:
            self.kind = "sign"
            opened = self.text[self.start] in "\"'`"
            self.complain("the closing quote" if opened else 'a number, "text" or a column')
        name = str(found.lastgroup)
        self.kind = {"double": "text", "single": "text", "quoted": "column"}.get(name, name)
        self.token = found.group(name)
        self.end = found.end()
        if self.kind == "word":
            lower = self.token.lower()
            self.kind = lower if lower in ("and", "or", "not", "in", "true", "false") else "column"

    def complain(self, expected: str) -> NoReturn:
        found = "the end" if self.kind == "end" else repr(self.text[self.start : self.start + 20])
        raise ParameterError(f"rule {self.text!r}, position {self.start + 1}: expected {expected}, found {found}")

    def at(self, sign: str) -> bool:
        return self.kind == "sign" and self.token == sign

    def expect(self, sign: str) -> None:
        if not self.at(sign):
            self.complain(repr(sign))
        self.advance()

    def read_or(self) -> Condition:
        condition = self.read_and()
        while self.kind == "or":
            self.advance()
            condition = _either(condition, self.read_and())
        return condition

    def read_and(self) -> Condition:
        condition = self.read_not()
        while self.kind == "and":
            self.advance()
            condition = _both(condition, self.read_not())
        return condition

    def read_not(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            self.complain(f"at most {DEEPEST_NESTING} levels of parentheses and not")
        if self.kind == "not":
            self.advance()
            condition = _negation(self.read_not())
        elif self.at("("):
            self.advance()
            condition = self.read_or()
            self.expect(")")
        else:
            condition = self.read_comparison()
        self.depth -= 1
        return condition

    def read_comparison(self) -> Condition:
        left = self.read_operand()
        negated = self.kind == "not"
        if negated:
            self.advance()
        if self.kind == "in":
            if not left.is_column:
                self.complain("a column before in")
            self.advance()
            condition = _membership(self.text, left, self.read_list())
            return _negation(condition) if negated else condition
        if negated:
            self.complain("in")
        if self.kind == "sign" and self.token in _COMPARISONS:
            sign = self.token
            self.advance()
            right = self.read_operand()
            if not left.is_column and not right.is_column:
                self.complain("a column on one side of the comparison before it")
            return _comparison(self.text, left, sign, right)
        if not left.is_column:
            self.complain("a comparison such as <, == or in")
        return _truth(self.text, left)

    def read_list(self) -> list[Any]:
        self.expect("[")
        values = [self.read_value()]
        while self.at(","):
            self.advance()
            values.append(self.read_value())
        self.expect("]")
        return values

    def read_value(self) -> Any:
        operand = self.read_operand(columns_allowed=False)
        return operand.value

    def read_operand(self, *, columns_allowed: bool = True) -> _Operand:
        kind, token = self.kind, self.token
        if kind == "column" and columns_allowed:
            self.columns.append(token)
        elif kind not in ("number", "text", "true", "false"):
            self.complain('a number, "text" or a column' if columns_allowed else 'a number or "text"')
        self.advance()
        if kind == "number":
            return _Operand(value=float(token), is_column=False)
        if kind in ("true", "false"):
            return _Operand(value=kind == "true", is_column=False)
        return _Operand(value=token, is_column=kind == "column")


def _either(first: Condition, second: Condition) -> Condition:
    return lambda table: first(table) | second(table)


def _both(first: Condition, second: Condition) -> Condition:
    return lambda table: first(table) & second(table)


def _negation(inner: Condition) -> Condition:
    return lambda table: ~inner(table)


def _comparison(text: str, left: _Operand, sign: str, right: _Operand) -> Condition:
    def condition(table: pd.DataFrame) -> pd.Series:
        first, second = left.of(table), right.of(table)
        first, second = _match(text, sign, first, second), _match(text, sign, second, first)
        return _decided(_COMPARISONS[sign](first, second), first, second, table.index)

    return condition


def _membership(text: str, left: _Operand, values: list[Any]) -> Condition:
    def condition(table: pd.DataFrame) -> pd.Series:
        column = left.of(table)
        known = [_match(text, "in", value, column) for value in values]
        comparable = _match(text, "in", column, values[0])
        return _decided(comparable.isin(known), column, column, table.index)

    return condition


def _truth(text: str, left: _Operand) -> Condition:
    def condition(table: pd.DataFrame) -> pd.Series:
        column = left.of(table)
        if not pd.api.types.is_bool_dtype(column):
            raise ParameterError(
                f"rule {text!r}: {left.value} is not true or false. Compare it, as in {left.value} == 1"
            )
        return _decided(column, column, column, table.index)

    return condition


def _match(text: str, sign: str, value: Any, other: Any) -> Any:
    """Return `value` in the form in which it can be compared with `other`: dates from text, truth from numbers."""
    mine, theirs = _kind_of(value), _kind_of(other)
    if mine == "text" and theirs == "date":
        try:
            return pd.Timestamp(value) if isinstance(value, str) else pd.to_datetime(value)
        except (ValueError, TypeError):
            raise ParameterError(f"rule {text!r}: {value!r} is not a date. Write it as '2026-05-31'") from None
    agreeing = mine == theirs or {mine, theirs} in ({"number", "truth"}, {"text", "date"})
    if not agreeing or (sign in _ORDERED and mine == "text" and theirs == "text"):
        name = next((str(side.name) for side in (value, other) if isinstance(side, pd.Series)), "the column")
        what = "text has no order" if mine == theirs else f"{mine} is compared with {theirs}"
        raise ParameterError(f"rule {text!r}: {name}: {what}. Compare numbers with numbers, text by ==, != or in")
    return value.astype("string") if isinstance(value, pd.Series) and mine == "text" else value


def _kind_of(value: Any) -> str:
    if isinstance(value, pd.Series):
        if pd.api.types.is_bool_dtype(value):
            return "truth"
        if pd.api.types.is_numeric_dtype(value):
            return "number"
        return "date" if pd.api.types.is_datetime64_any_dtype(value) else "text"
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, float) else "text"


def _decided(result: Any, first: Any, second: Any, index: pd.Index) -> pd.Series:
    """Return the result as True, False or missing: missing wherever one of the values compared is."""
    answer = pd.Series(result, index=index).astype("boolean")
    for side in (first, second):
        if isinstance(side, pd.Series):
            answer = answer.mask(side.isna(), pd.NA)
    return answer
