"""The mapping as a file: read from YAML, with everything that is wrong with it said at once.

Read by a safe loader, so a file can name values and nothing else. Every plain value is text: YAML would make a truth
of Yes and a date of 2026-05-31. Anchors and aliases, with which a few lines can grow into gigabytes, are refused, and
so are keys that are unknown or repeated: a misspelt key must not silently leave a column out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cvlab.errors import DataError, ParameterError, Problem
from cvlab.tables.declaration import TYPES
from cvlab.tables.importing.map_values import (
    Problems,
    by_name,
    each,
    one_of,
    read_count,
    read_factor,
    read_fields,
    read_filled,
    read_lists,
    read_over,
    read_pairs,
    read_short_years,
    read_text,
    read_texts,
    read_truth,
    suggest,
)
from cvlab.tables.importing.mapping import (
    DATE_ORDERS,
    DECIMALS,
    FORMAT,
    HEADERS,
    KINDS,
    THOUSANDS,
    Case,
    CodebookEntry,
    ColumnMap,
    ImportMap,
    Lookup,
    Repeat,
    Source,
    TableMap,
)
from cvlab.tables.schema import TABLES
from cvlab.tables.setting_values import cut, show

# Keys of the file that cannot be, or are not, the names of the attributes.
_ATTRIBUTES = {"from": "origin", "is": "equals"}
_LONGEST_REASON = 120


def read_map(path: str | Path) -> ImportMap:
    """Read a saved mapping.

    Raises
    ------
    ParameterError : there is no such file.
    DataError : the file is no mapping; `problems` holds everything that is wrong with it.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ParameterError(f"the mapping {str(file)!r} cannot be opened: {error.strerror}") from None
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise DataError.from_problems(
            f"{file.name} cannot be used as a mapping",
            [Problem(table=file.name, rule="the file must be text in UTF-8", remedy="save it as UTF-8")],
        ) from None
    return parse_map(text, file=file.name)


def parse_map(text: str, *, file: str = "map.yaml") -> ImportMap:
    """Read the text of a mapping.

    Parameters
    ----------
    text : YAML.
    file : its name, for the problems.

    Raises
    ------
    DataError : it is no mapping; `problems` holds everything that is wrong.

    Examples
    --------
    >>> mapping = parse_map('''
    ... format: 1
    ... sources: {survey: {kind: csv, delimiter: ";", columns: {Q1: "Would you buy at 9?"}}}
    ... tables:
    ...   price_ladder:
    ...     columns: {respondent_id: {from: ResponseId}}
    ...     repeat:
    ...       - over: {price: {9.50: 1, 12: 2}}
    ...         columns: {would_buy: {from: "Q{price}", labels: {Yes: 1, No: 0}}}
    ... ''')
    >>> group = mapping.tables["price_ladder"].repeat[0]
    >>> group.over, group.columns["would_buy"].labels
    ({'price': {'9.50': '1', '12': '2'}}, {'Yes': '1', 'No': '0'})
    """
    problems = Problems(file)
    content = _load(text, problems)
    mapping = None if content is None else _read_content(content, problems)
    if mapping is not None:
        _check_names(mapping, problems)
    if problems.found or mapping is None:
        raise DataError.from_problems(f"{file} cannot be used as a mapping", problems.found)
    return mapping


class _AliasError(yaml.YAMLError):
    """A value was given a name to be repeated by, or repeated by its name, in this line."""


class _TextLoader(yaml.SafeLoader):
    """The safe loader, except that plain values stay text, and keys given twice and aliases are errors."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # what PyYAML calls it and looks it up by

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        if getattr(event, "anchor", None) is not None:
            raise _AliasError(event.start_mark.line + 1)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        _check_keys(node)
        return super().construct_mapping(node, deep=deep)


def _load_fast(text: str) -> Any:
    """Load with libyaml, where PyYAML has it; None where anything is wrong."""
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        if any(getattr(event, "anchor", None) is not None for event in events):
            return None
        return yaml.load(text, Loader=_make_fast_loader())  # noqa: S506  # a SafeLoader, made faster
    except (AttributeError, yaml.YAMLError, ValueError, RecursionError):
        return None


@lru_cache
def _make_fast_loader() -> Any:
    """Return the same loader over libyaml; repeated keys are looked for in the same way."""

    def construct_mapping(loader: Any, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        _check_keys(node)
        return dict(yaml.constructor.SafeConstructor.construct_mapping(loader, node, deep=deep))

    members = {"yaml_implicit_resolvers": {}, "construct_mapping": construct_mapping}
    return type("_FastLoader", (yaml.CSafeLoader,), members)


def _check_keys(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key_node, _ in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None or key in seen:
            complaint = "a key must be text" if key is None else f"key {show(key)} is there twice"
            raise yaml.constructor.ConstructorError(None, None, complaint, key_node.start_mark)
        seen.add(key)


def _load(text: str, problems: Problems) -> Any:
    try:
        content = _load_fast(text)
        if content is None:
            # Slower, and says what is wrong in which line. The loader is a SafeLoader as well.
            content = yaml.load(text, Loader=_TextLoader)  # noqa: S506
    except _AliasError as error:
        problems.add(f"anchors (&) and aliases (*) must not be used, but line {error} has one", "write each value out")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = cut(getattr(error, "problem", None) or str(error).split("\n")[0], _LONGEST_REASON)
        place = f"line {mark.line + 1} cannot be read" if mark else "it cannot be read"
        problems.add(f"the file must be YAML, but {place}: {reason}", "correct the line, or draft the mapping anew")
    except (ValueError, RecursionError) as error:
        reason = cut(str(error), _LONGEST_REASON)
        problems.add(f"the file must be YAML, but cannot be read: {reason}", "correct it, or draft the mapping anew")
    else:
        if isinstance(content, dict):
            return content
        problems.add("the file must hold keys and values", "draft a mapping, and save that")
    return None


def _read_content(content: Any, problems: Problems) -> ImportMap | None:
    if content.get("format") != str(FORMAT):
        problems.add(
            f"format is {show(content.get('format'))}, and only {FORMAT} is known",
            f"write `format: {FORMAT}`, or draft the mapping anew",
        )
        return None
    known = {"format": read_text, "sources": by_name(_source), "tables": by_name(_table), "codebook": _codebook}
    fields = read_fields(content, "", known, problems)
    for key in ("sources", "tables"):
        if not fields.get(key):
            problems.add(f"{key} is missing or empty", "name at least one, or draft the mapping anew")
    if not fields.get("sources") or not fields.get("tables"):
        return None
    return ImportMap(sources=fields["sources"], tables=fields["tables"], codebook=fields.get("codebook", {}))


def _make(kind: type[Any], keys: Mapping[str, Any], needed: tuple[str, ...] = ()) -> Any:
    """Return what reads one object of `kind` from its keys."""

    def read(value: Any, place: str, problems: Problems) -> Any:
        fields = read_fields(value, place, keys, problems)
        for key in needed:
            if key not in fields:
                problems.add(f"{place} has no key {key}", f"add it; known are {', '.join(keys)}")
        fields |= {key: _EMPTY[key] for key in needed if key not in fields}
        return kind(**{_ATTRIBUTES.get(key, key): field for key, field in fields.items()})

    return read


_EMPTY: Mapping[str, Any] = {"from": "", "value": "", "over": {}, "source": "", "on": {}, "columns": {}}

_source = _make(
    Source,
    {
        "kind": one_of(KINDS),
        "file": read_text,
        "sheet": read_filled,
        "skip": read_count,
        "header": one_of(HEADERS),
        "delimiter": read_text,
        "encoding": read_filled,
        "decimal": one_of(DECIMALS),
        "thousands": one_of(THOUSANDS),
        "dates": one_of(DATE_ORDERS),
        "short_years": read_short_years,
        "missing": read_texts,
        "stack": read_truth,
        "ignore": read_texts,
        "ask": read_texts,
        "columns": read_pairs,
        "labels": read_lists,
    },
)
_case = _make(
    Case, {"from": read_filled, "is": read_texts, "same_as": read_filled, "value": read_text}, ("from", "value")
)
_column = _make(
    ColumnMap,
    {
        "from": read_filled,
        "value": read_text,
        "cases": each(_case),
        "labels": read_pairs,
        "is": read_texts,
        "otherwise": read_text,
        "missing": read_texts,
        "keep_unlisted": read_truth,
        "type": one_of(tuple(TYPES)),
        "decimal": one_of(DECIMALS),
        "thousands": one_of(THOUSANDS),
        "dates": one_of(DATE_ORDERS),
        "short_years": read_short_years,
        "times": read_factor,
        "ask": read_text,
    },
)


def _column_or_name(value: Any, place: str, problems: Problems) -> ColumnMap:
    """Read a column; the name of an export's column alone is short for {from: …}."""
    return ColumnMap(origin=value) if isinstance(value, str) and value else _column(value, place, problems)


_columns = by_name(_column_or_name)
_repeat = _make(Repeat, {"over": read_over, "columns": _columns}, ("over",))
_lookup = _make(Lookup, {"source": read_filled, "on": read_pairs, "columns": _columns}, ("source", "on", "columns"))
_TABLE_KEYS: dict[str, Any] = {
    "source": read_filled,
    "columns": _columns,
    "repeat": each(_repeat),
    "lookup": each(_lookup),
    "only": read_lists,
    "skip_empty": read_texts,
}
_table = _make(TableMap, _TABLE_KEYS | {"more": each(_make(TableMap, _TABLE_KEYS))})
_codebook = by_name(by_name(_make(CodebookEntry, {"question": read_text, "labels": read_pairs})))


def _check_names(mapping: ImportMap, problems: Problems) -> None:
    """Hold the names in a mapping against the schema and against each other."""
    for name, table in mapping.tables.items():
        if name not in TABLES:
            problems.add(f"tables: there is no table {show(name)}", suggest(name, TABLES))
            continue
        for number, part in enumerate(table.parts):
            place = f"tables: {name}" + (f": more {number}" if number else "")
            _check_part(part, place, name, mapping, problems)
    for name in mapping.codebook:
        if name not in mapping.tables:
            problems.add(f"codebook: {show(name)} is not among the tables made", suggest(name, mapping.tables))


def _check_part(part: TableMap, place: str, table: str, mapping: ImportMap, problems: Problems) -> None:
    used = [part.source, *(each.source for each in part.lookup)]
    for source in used:
        if source is not None and source not in mapping.sources:
            problems.add(f"{place}: there is no source {show(source)}", suggest(source, mapping.sources))
    if part.source is None and len(mapping.sources) > 1:
        problems.add(f"{place} does not say its source", f"add `source:`, one of {', '.join(mapping.sources)}")
    declared = TABLES[table]
    groups: list[Mapping[str, ColumnMap]] = [part.columns]
    groups += [repeat.columns for repeat in part.repeat]
    groups += [lookup.columns for lookup in part.lookup]
    names = {column for group in groups for column in group} | {name for each in part.repeat for name in each.over}
    for column in sorted(names):
        if not column.startswith("_") and declared.free is None and column not in declared.column_names:
            problems.add(f"{place} has no column {show(column)}", suggest(column, declared.column_names))
    if not names:
        problems.add(f"{place} makes no column", "add columns, or delete the table")
    for column in part.skip_empty:
        if column not in names:
            problems.add(f"{place}: skip_empty names {show(column)}, which is not made", suggest(column, names))
    for group in groups:
        for column, made in group.items():
            given = [
                key for key, value in (("from", made.origin), ("value", made.value), ("cases", made.cases)) if value
            ]
            if len(given) != 1 and not (not given and (made.value is not None or made.ask)):
                said = f"has {' and '.join(given)}" if given else "has neither from, value nor cases"
                problems.add(f"{place}: {column} {said}", "give exactly one of from, value and cases")
