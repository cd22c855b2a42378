"""The file of a playbook: read by hand from its YAML nodes, so that every problem can name its line.

Anchors and aliases, with which a few lines can grow into gigabytes, are refused, as are repeated keys and keys that are
not known: a misspelt `cost_per_year` must not silently make an action free. Templates may name fields, and nothing
inside of them: `{value}`, not `{value.real}` or `{value:>9}`.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cvlab.errors import DataError
from cvlab.reports.summary.money import PERS
from cvlab.tables.setting_values import cut, show

LONGEST_TEXT = 400
KINDS = ("act", "hold")
SUBJECTS = ("priced product", "components", "rungs")
COSTS = ("low", "medium", "high")
PERIODS = {"year": 1.0, "quarter": 4.0, "month": 12.0, "week": 365.25 / 7}
FIELDS = ("value", "low", "high", "n", "probability")


@dataclass(frozen=True, kw_only=True)
class Entries:
    """What one file says: sections by name, each entry as plain values."""

    file: str
    rules: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    assumptions: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()


def read_playbook_file(path: Path) -> Entries:
    """Read one playbook.

    Raises
    ------
    DataError : it cannot be read, or something in it is not what it should be; every problem with its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read ({type(error).__name__}): save it as text in UTF-8") from None
    reader = _Reader()
    root = reader.compose(text)
    entries = None if root is None else _read_sections(reader, root, path.name)
    if reader.problems or entries is None:
        raise DataError("\n  ".join([f"{path.name} cannot be used:", *reader.problems]))
    return entries


class _Reader:
    """Takes YAML nodes apart and collects what is wrong, with lines, instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def complain(self, node: yaml.Node | yaml.Event, text: str) -> None:
        line = node.start_mark.line + 1 if node.start_mark else 1
        self.problems.append(f"line {line}: {text}")

    def compose(self, text: str) -> yaml.Node | None:
        """Return the root of the file, or nothing where it is no YAML or has what could grow."""
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if getattr(event, "anchor", None) is not None:
                    self.complain(event, "anchors (&) and aliases (*) must not be used: write each value out")
                    return None
            return yaml.compose(text, Loader=yaml.SafeLoader) or yaml.MappingNode("tag:yaml.org,2002:map", [])
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}: " if mark else ""
            self.problems.append(f"{where}it is not YAML: {cut(str(getattr(error, 'problem', error)), 120)}")
        except RecursionError:
            self.problems.append("it is nested too deeply")
        return None

    def pairs(self, node: yaml.Node, known: Mapping[str, bool] | None, what: str) -> dict[str, yaml.Node]:
        """Return the keys of a mapping; `known` says which there may be, and which must."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(node, f"{what} must hold keys and values, as in `key: value`")
            return {}
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "…"
            if known is not None and key not in known:
                self.complain(key_node, f"{what} has no key {show(key)}: there are {', '.join(known)}")
            elif key in found:
                self.complain(key_node, f"{what} has the key {show(key)} twice: keep one")
            else:
                found[key] = value
        lacking = [key for key, required in (known or {}).items() if required and key not in found]
        if lacking:
            self.complain(node, f"{what} lacks {', '.join(lacking)}: add it")
        return found

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.complain(node, f"{what} must be a list: begin each entry with a hyphen, or write [a, b]")
            return []
        return list(node.value)

    def text(self, node: yaml.Node, what: str, *, empty_allowed: bool = False) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.complain(node, f"{what} must be text")
            return ""
        text = " ".join(node.value.split())
        if not (text or empty_allowed) or len(text) > LONGEST_TEXT or not text.isprintable():
            self.complain(node, f"{what} is {show(text)}: give 1 to {LONGEST_TEXT} printable characters")
        return text

    def choice(self, node: yaml.Node, what: str, allowed: tuple[str, ...]) -> str:
        text = self.text(node, what)
        if text not in allowed:
            self.complain(node, f"{what} is {show(text)}: give one of {', '.join(allowed)}")
        return text

    def number(
        self, node: yaml.Node, what: str, *, least: float = -math.inf, most: float = math.inf, above: float = -math.inf
    ) -> float:
        try:
            number = float(node.value) if isinstance(node, yaml.ScalarNode) and "_" not in node.value else math.nan
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and least <= number <= most and number > above):
            bounds = "" if least == -math.inf else f" from {least:g}" + ("" if most == math.inf else f" to {most:g}")
            bounds = bounds if above == -math.inf else f" above {above:g}"
            shown = show(node.value) if isinstance(node, yaml.ScalarNode) else "no number"
            self.complain(node, f"{what} is {shown}: give a number{bounds}")
        return number

    def template(self, node: yaml.Node, what: str) -> str:
        text = self.text(node, what)
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError:
            parts = []
            self.complain(node, f"{what} has a brace without its other half: write {{value}}, or {{{{ for a brace")
        for _, name, form, conversion in parts:
            if name is not None and (not name.isidentifier() or form or conversion):
                self.complain(node, f"{what} has {{{name}}}: braces take a plain name, such as {{value}}")
        return text


def _read_sections(reader: _Reader, root: yaml.Node, file: str) -> Entries:
    sections = dict.fromkeys(("times_per_year", "rules", "assumptions", "numbers", "leave_out"), False)
    found = reader.pairs(root, sections, "a playbook")
    named = {
        section: _read_named(reader, found[section], section, read) if section in found else {}
        for section, read in (("rules", _read_rule), ("assumptions", _read_assumption), ("numbers", _read_number))
    }
    times = found.get("times_per_year")
    left_out = found.get("leave_out")
    return Entries(
        file=file,
        rules=named["rules"],
        assumptions=named["assumptions"],
        numbers=named["numbers"],
        times={} if times is None else _read_times(reader, times),
        leave_out=()
        if left_out is None
        else tuple(reader.text(item, "leave_out") for item in reader.items(left_out, "leave_out")),
    )


def _read_named(
    reader: _Reader, node: yaml.Node, section: str, read: Callable[[_Reader, yaml.Node], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for item in reader.items(node, section):
        values = read(reader, item)
        name = values.get("name", "")
        if name and name in entries:
            reader.complain(item, f"{section} has {show(name)} twice: give each a name of its own")
        entries[name] = values
    return entries


def _read_times(reader: _Reader, node: yaml.Node) -> dict[str, float]:
    times = {}
    for key, value in reader.pairs(node, None, "times_per_year").items():
        named = value.value if isinstance(value, yaml.ScalarNode) else ""
        times[key] = (
            PERIODS[named] if named in PERIODS else reader.number(value, f"times_per_year: {cut(key)}", above=0)
        )
    return times


def _read_rule(reader: _Reader, node: yaml.Node) -> dict[str, Any]:
    required = ("name", "when", "action", "group", "test")
    known = {key: key in required for key in (*required, "kind", "money", "missing", "touches", "assumptions")}
    found = reader.pairs(node, known, "a rule")
    rule: dict[str, Any] = {"assumptions": (), "missing": ""}
    for key in ("name", "missing"):
        if key in found:
            rule[key] = reader.text(found[key], key)
    for key in ("action", "group"):
        if key in found:
            rule[key] = reader.template(found[key], key)
    if "kind" in found:
        rule["kind"] = reader.choice(found["kind"], "kind", KINDS)
    if "when" in found:
        conditions = reader.items(found["when"], "when")
        if not conditions and isinstance(found["when"], yaml.SequenceNode):
            reader.complain(found["when"], "when is empty: give at least one condition")
        rule["when"] = [_read_condition(reader, item) for item in conditions]
    if "money" in found:
        rule["money"] = _read_money(reader, found["money"])
    if "test" in found:
        rule["test"] = _read_test(reader, found["test"])
    if "touches" in found:
        items = reader.items(found["touches"], "touches")
        rule["touches"] = tuple(reader.choice(item, "touches", SUBJECTS) for item in items)
    if "assumptions" in found:
        items = reader.items(found["assumptions"], "assumptions")
        rule["assumptions"] = tuple(reader.text(item, "an assumption") for item in items)
    if found and rule.get("kind", "act") == "act" and ("money" in found) == ("missing" in found):
        reader.complain(node, "a rule to act must say either how money follows (money) or what is missing for it")
    return rule


def _read_condition(reader: _Reader, node: yaml.Node) -> dict[str, Any]:
    compared = ("above", "below", "is", "is_not")
    found = reader.pairs(node, {"headline": True, "field": False, **dict.fromkeys(compared, False)}, "a condition")
    condition: dict[str, Any] = {}
    if "headline" in found:
        condition["headline"] = reader.text(found["headline"], "headline")
    if "field" in found:
        condition["field"] = reader.text(found["field"], "field")
        if condition["field"] not in FIELDS and not condition["field"].startswith("words."):
            reader.complain(
                found["field"], f"field is {show(condition['field'])}: give one of {', '.join(FIELDS)}, words.<name>"
            )
    given = [key for key in compared if key in found]
    if found and len(given) != 1:
        reader.complain(node, f"a condition takes one of {', '.join(compared)}, and has {len(given)}")
    for key in given:
        if key in ("above", "below"):
            condition[key] = reader.number(found[key], key)
        else:
            condition["is_" if key == "is" else key] = reader.text(found[key], key, empty_allowed=True)
    return condition


def _read_money(reader: _Reader, node: yaml.Node) -> dict[str, Any]:
    found = reader.pairs(node, {"per": True, "of": True, "share": False, "cost_per_year": False}, "money")
    money: dict[str, Any] = {}
    if "per" in found:
        money["per"] = reader.choice(found["per"], "per", PERS)
    if "of" in found:
        money["of"] = tuple(reader.text(item, "of") for item in reader.items(found["of"], "of"))
        if not money["of"] and isinstance(found["of"], yaml.SequenceNode):
            reader.complain(found["of"], "of is empty: name the headlines whose money it is, such as [this]")
        if twice := sorted({key for key in money["of"] if key and money["of"].count(key) > 1}):
            reader.complain(found["of"], f"of has {', '.join(map(show, twice))} twice: its money would count double")
    if "share" in found:
        named = found["share"].value if isinstance(found["share"], yaml.ScalarNode) else ""
        is_key = "." in named and not named.replace(".", "", 1).isdigit()
        money["share"] = named if is_key else reader.number(found["share"], "share", least=0, most=1)
    if "cost_per_year" in found:
        money["cost_per_year"] = reader.number(found["cost_per_year"], "cost_per_year", least=0)
    return money


def _read_test(reader: _Reader, node: yaml.Node) -> dict[str, Any]:
    found = reader.pairs(node, dict.fromkeys(("do", "cost", "weeks"), True), "a test")
    test: dict[str, Any] = {}
    if "do" in found:
        test["do"] = reader.text(found["do"], "do")
    if "cost" in found:
        test["cost"] = reader.choice(found["cost"], "cost", COSTS)
    if "weeks" in found:
        test["weeks"] = reader.number(found["weeks"], "weeks", least=0)
    return test


def _read_assumption(reader: _Reader, node: yaml.Node) -> dict[str, Any]:
    required = ("name", "says", "change", "table")
    known = {**dict.fromkeys(required, True), "at_stake": False, "tested_by": False, "holds_at": False}
    found = reader.pairs(node, known, "an assumption")
    values: dict[str, Any] = {key: reader.text(found[key], key) for key in required if key in found}
    if "tested_by" in found:
        items = reader.items(found["tested_by"], "tested_by")
        values["tested_by"] = tuple(reader.text(item, "tested_by") for item in items)
    if "holds_at" in found:
        values["holds_at"] = reader.number(found["holds_at"], "holds_at")
    if "at_stake" in found:
        values["at_stake"] = reader.number(found["at_stake"], "at_stake", least=0, most=1)
    return values


def _read_number(reader: _Reader, node: yaml.Node) -> dict[str, Any]:
    found = reader.pairs(node, dict.fromkeys(("name", "headline", "chapter", "table"), True), "a number")
    values: dict[str, Any] = {
        key: reader.text(found[key], key) for key in ("name", "headline", "table") if key in found
    }
    if "chapter" in found:
        number = reader.number(found["chapter"], "chapter", least=1, most=99)
        values["chapter"] = int(number) if math.isfinite(number) else 0
    return values
