"""Survey exports, columns of choices: which alternative of a task, which item of a set was best and which worst.

What was shown is seldom in the same file. Where the export has columns such as T1_a_price, they are used; where another
export of the draft holds a design (task, alternative, attributes), it is looked up there; else a question stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from cvlab.tables.importing.known_names import find_known, fold
from cvlab.tables.importing.looking import Seen
from cvlab.tables.importing.mapping import Case, ColumnMap, Lookup, Repeat, TableMap
from cvlab.tables.importing.sketch import Sketch, group_numbered, name_column

_CHOOSING = re.compile(r"\b(?:choice|choose|chosen|task|cbc|dce|conjoint|wahl|aufgabe|c|t|option)\b")
_NONE = re.compile(r"\b(?:none|neither|no purchase|nothing|not buy|keine?[sr]?|nichts)\b")
_BEST = re.compile(r"\b(?:best|most|am wichtigsten|beste[rs]?)\b")
_WORST = re.compile(r"\b(?:worst|least|am unwichtigsten|schlechteste[rs]?)\b")
_GRID = re.compile(r"(.*?)(\d+)[ _.-]+([A-Za-z]|\d|none)[ _.-]+(.+)")
_MOST_ALTERNATIVES, _LEAST_TASKS = 8, 2
_SURE, _UNSURE = 0.85, 0.5
_VERSIONS = ("version", "block", "design", "design version", "blocknummer")


def find_choices(sketch: Sketch, designs: Mapping[str, Sketch]) -> None:
    """Propose the choice tasks: one column per task, its answers the alternatives."""
    series = [each for each in group_numbered(sketch.open()) if _are_choices(each)]
    chosen = max(series, key=len, default={})
    if len(chosen) < _LEAST_TASKS:
        return
    answers = list(dict.fromkeys(text for seen in chosen.values() for text in seen.all_texts))
    codes = {text: _code_of(text, answers) for text in sorted(answers)}
    labels = {text: code for text, code in codes.items() if text != code}
    alternatives = [code for code in dict.fromkeys(codes.values()) if code != "none"]
    stem = _stem_of(chosen)
    made = ColumnMap(origin=f"{stem}{{task}}", labels=labels, equals=("{alternative}",))
    missing = tuple(dict.fromkeys(text for seen in chosen.values() for text in seen.missing))
    made = replace(made, missing=missing)
    tasks = dict.fromkeys(chosen)
    over = {"task": {task: task for task in tasks}, "alternative": {each: each for each in alternatives}}
    for seen in chosen.values():
        reason = f"its answers are the same {len(codes)} alternatives as in {len(chosen) - 1} other columns"
        sketch.claim(seen, "choice_tasks", "chosen", _SURE, reason)
    shown = _find_shown(sketch, list(tasks), alternatives)
    columns = dict(shown)
    lookups: tuple[Lookup, ...] = ()
    helpers: dict[str, ColumnMap] = {}
    if "price" not in shown:
        lookups, helpers = _find_design(sketch, designs, "choice_tasks", ("task", "alternative"))
        if not lookups:
            ask = "the prices and attributes that were shown are not in this export: give the file of the design as "
            ask += "well, and name it under `lookup:`, or write the columns here"
            columns["price"] = ColumnMap(value="", ask=ask)
    repeats = [Repeat(over=over, columns={**columns, "chosen": made})]
    if "none" in codes.values():
        outside = {"task": over["task"], "alternative": {"none": "none"}}
        repeats.append(Repeat(over=outside, columns={"chosen": made}))
    sketch.tables["choice_tasks"] = TableMap(
        source=sketch.source,
        columns={"respondent_id": sketch.person, **helpers},
        repeat=tuple(repeats),
        lookup=lookups,
        skip_empty=("chosen",),
    )


def find_best_worst(sketch: Sketch, designs: Mapping[str, Sketch]) -> None:
    """Propose best–worst sets: per set one column for the best and one for the worst item."""
    best = _by_number(sketch, _BEST)
    worst = _by_number(sketch, _WORST)
    sets = [number for number in best if number in worst]
    if len(sets) < _LEAST_TASKS:
        return
    items = list(dict.fromkeys(
        text for number in sets for seen in (best[number], worst[number]) for text in seen.all_texts
    ))  # fmt: skip
    lookups, helpers = _find_design(sketch, designs, "best_worst", ("set", "item"))
    ask = None
    if not lookups:
        ask = "which items each set showed is not in this export: give the file of the design as well"
    # One group per set, since the names of the two columns of a set may have nothing in common.
    repeats = []
    for number in sets:
        over = {"set": {number: number}, "item": {item: item for item in items}}
        choice = ColumnMap(
            cases=tuple(_case(seen, value) for seen, value in ((best[number], "best"), (worst[number], "worst"))),
            otherwise="none",
            ask=ask if number == sets[0] else None,
        )
        repeats.append(Repeat(over=over, columns={"choice": choice}))
        for seen, value in ((best[number], "best"), (worst[number], "worst")):
            reason = f"its answers are items, and its name says that they are the {value} of set {number}"
            sketch.claim(seen, "best_worst", "choice", _SURE, reason)
    sketch.tables["best_worst"] = TableMap(
        source=sketch.source,
        columns={"respondent_id": sketch.person, **helpers},
        repeat=tuple(repeats),
        lookup=lookups,
        skip_empty=("_shown",) if lookups else (),
    )


def _case(seen: Seen, value: str) -> Case:
    return Case(origin=seen.name, equals=("{item}",), value=value)


def _are_choices(series: Mapping[str, Seen]) -> bool:
    """Whether numbered columns are choices among the same few alternatives."""
    first = next(iter(series.values()))
    if not all(seen.few and len(seen.distinct) <= _MOST_ALTERNATIVES for seen in series.values()):
        return False
    answers = {text for seen in series.values() for text in seen.all_texts}
    if not _LEAST_TASKS <= len(answers) <= _MOST_ALTERNATIVES:
        return False
    named = bool(_CHOOSING.search(re.sub(r"\d+", " ", fold(first.name)))) or bool(
        _CHOOSING.search(fold(first.question))
    )
    outside = any(_NONE.search(fold(text)) for text in answers)
    lettered = len({_code_of(text, list(answers)) for text in answers}) == len(answers) and any(
        _short(text) for text in answers
    )
    if all(seen.kind == "truth" for seen in series.values()):
        return False
    if all(seen.kind == "number" for seen in series.values()):
        return bool(re.search(r"choice|task|cbc|dce|conjoint|wahl|aufgabe", first.asked)) and named
    return (named and (lettered or outside)) or (lettered and outside)


def _short(text: str) -> str:
    """The letter or number of an alternative such as `Option A`, `Concept 2`, `b`; "" where it has none."""
    last = fold(text).split()[-1:] or [""]
    return last[0] if len(last[0]) == 1 else ""


def _code_of(text: str, answers: list[str]) -> str:
    """Name an alternative: none for buying nothing, else its letter, else its text."""
    if _NONE.search(fold(text)):
        return "none"
    short = _short(text)
    shorts = [_short(each) for each in answers]
    return short if short and shorts.count(short) == 1 else text


def _stem_of(series: Mapping[str, Seen]) -> str:
    number, seen = next(iter(series.items()))
    return seen.name[: len(seen.name) - len(number)]


def _find_shown(sketch: Sketch, tasks: list[str], alternatives: list[str]) -> dict[str, ColumnMap]:
    """Propose columns such as T1_a_price, where there is one for every task and alternative."""
    grid: dict[tuple[str, str], dict[tuple[str, str], Seen]] = {}
    for seen in sketch.open():
        found = _GRID.fullmatch(seen.name)
        if found:
            grid.setdefault((found[1], found[4]), {})[(found[2], found[3])] = seen
    columns: dict[str, ColumnMap] = {}
    for (stem, attribute), cells in grid.items():
        written = {shown.casefold(): shown for _, shown in cells}
        if not all((task, written.get(each.casefold())) in cells for task in tasks for each in alternatives):
            continue
        first = next(iter(cells.values()))
        between = first.name[len(stem) + len(next(iter(cells))[0]) :][0]
        after = first.name[: -len(attribute)][-1]
        same_case = all(each in written.values() for each in alternatives)
        if not same_case:
            continue
        origin = f"{stem}{{task}}{between}{{alternative}}{after}{attribute}"
        if any(origin.replace("{task}", t).replace("{alternative}", a) not in sketch.columns
               for t in tasks for a in alternatives):  # fmt: skip
            continue
        name = "price" if fold(attribute) in ("price", "preis") else name_column(attribute, columns)
        columns[name] = ColumnMap(origin=origin)
        for seen in cells.values():
            sketch.claim(seen, "choice_tasks", name, _SURE, "what an alternative of a task showed, by its name")
    return columns


def _find_design(
    sketch: Sketch, designs: Mapping[str, Sketch], table: str, keys: tuple[str, str]
) -> tuple[tuple[Lookup, ...], dict[str, ColumnMap]]:
    """Look for an export that says what was shown, and how its rows are found."""
    for name, design in designs.items():
        known = {find_known(seen.name, table): seen for seen in design.columns.values()}
        person = known.get("respondent_id")
        if not set(keys) <= set(known) or (table == "choice_tasks" and "price" not in known):
            continue
        on = {known[key].name: key for key in keys}
        helpers: dict[str, ColumnMap] = {}
        if person is not None:
            on[person.name] = "respondent_id"
        version = next((seen for seen in design.columns.values() if fold(seen.name) in _VERSIONS), None)
        own = next((seen for seen in sketch.columns.values() if fold(seen.name) in _VERSIONS), None)
        if version is not None and own is not None:
            on[version.name] = "_version"
            helpers["_version"] = ColumnMap(origin=own.name)
            sketch.claim(own, table, "_version", _SURE, f"the design {name} has it as well: it says what was shown")
        used = {*on, *(seen.name for seen in (person, version) if seen is not None)}
        columns: dict[str, ColumnMap] = {}
        for key in keys:
            design.claim(known[key], table, key, _SURE, f"answers in {sketch.source} find their row by it")
        for each in (person, version):
            if each is not None and each.name in on:
                design.claim(each, table, on[each.name], _SURE, f"answers in {sketch.source} find their row by it")
        if table == "best_worst":
            columns["_shown"] = ColumnMap(origin=known["item"].name)
        else:
            for seen in design.columns.values():
                if seen.name not in used and seen.kind != "empty":
                    column = find_known(seen.name, table) or name_column(seen.name, columns)
                    columns[column] = ColumnMap(origin=seen.name)
                    design.claim(seen, table, column, _SURE, "the design shows it with each alternative")
        return (Lookup(source=name, on=on, columns=columns),), helpers
    return (), {}


def _by_number(sketch: Sketch, pattern: re.Pattern[str]) -> dict[str, Seen]:
    """Columns whose name says best (or worst), by the number in their name."""
    found: dict[str, Seen] = {}
    for seen in sketch.open():
        number = re.search(r"\d+", seen.name)
        if number and pattern.search(fold(seen.name)) and seen.kind in ("choice", "text", "scale"):
            found.setdefault(number[0], seen)
    return found
