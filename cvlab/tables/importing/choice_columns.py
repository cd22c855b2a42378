"""Survey exports, columns of choices: which alternative of a task, which item of a set was best and which worst.

What was shown is seldom in the same file. Where the export has columns such as T1_a_price, they are used; where another
export of the draft holds a design (task, alternative, attributes), it is looked up there; else a question stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cvlab.tables.importing.known_names import find_known, fold
from cvlab.tables.importing.looking import Seen
from cvlab.tables.importing.mapping import Case, ColumnMap, Lookup, Repeat, TableMap
from cvlab.tables.importing.sketch import Sketch, group_numbered, name_column

_CHOOSING = re.compile(r"\b(?:choice|choose|chosen|task|cbc|dce|conjoint|wahl|aufgabe|c|t|option)\b")
_NONE = re.compile(r"\b(?:none|neither|no purchase|nothing|not buy|keine?[sr]?|nichts)\b")
_BEST = re.compile(r"\b(?:best|most|most important|am wichtigsten|wichtigste[rs]?)$")
_WORST = re.compile(r"\b(?:worst|least|least important|am unwichtigsten|unwichtigste[rs]?)$")
_MOST_ALTERNATIVES, _LEAST_TASKS, _LEAST_ITEMS = 8, 2, 3
_SURE = 0.9
NONE = "none"
_ASK_SHOWN = (
    "the prices and attributes that were shown are not in this export: give the file of the design as well when "
    "drafting, or write the columns here"
)
_ASK_ITEMS = "which items each set showed is not in this export: give the file of the design as well when drafting"
_VERSIONS = ("version", "block", "design", "design version", "blocknummer")


def find_choices(sketch: Sketch, designs: Mapping[str, Sketch]) -> None:
    """Propose the choice tasks: one column per task, its answers the alternatives."""
    series = {form: each for form, each in group_numbered(sketch.open(), number="task").items() if _are_choices(each)}
    if not series:
        return
    # Numbers may be anything; labels of alternatives are not.
    form = max(
        series, key=lambda each: (all(seen.kind != "number" for seen in series[each].values()), len(series[each]))
    )
    chosen = series[form]
    answers = list(dict.fromkeys(text for seen in chosen.values() for text in seen.all_texts))
    codes = {text: _code_of(text, answers) for text in sorted(answers)}
    outside = tuple(text for text, code in codes.items() if code == NONE)
    inside = {text: code for text, code in codes.items() if code != NONE}
    missing = tuple(dict.fromkeys(text for seen in chosen.values() for text in seen.missing))
    tasks = {task: task for task in chosen}
    over = {"task": tasks, "alternative": {code.lower(): code for code in inside.values()}}
    made = ColumnMap(origin=form, labels=_label(inside), equals=(_write_answer(inside),), missing=missing)
    for seen in chosen.values():
        reason = f"its answers are the same {len(codes)} alternatives as in {len(chosen) - 1} other columns"
        sketch.claim(seen, "choice_tasks", "chosen", _SURE, reason)
    columns = _find_shown(sketch, list(tasks), list(inside.values()))
    lookups: tuple[Lookup, ...] = ()
    helpers: dict[str, ColumnMap] = {}
    if "price" not in columns:
        lookups, helpers = _find_design(sketch, designs, "choice_tasks", ("task", "alternative"))
        if not lookups:
            columns["price"] = ColumnMap(value="", ask=_ASK_SHOWN)
    repeats = [Repeat(over=over, columns={**columns, "chosen": made})]
    if outside:
        none = {"alternative": ColumnMap(value=NONE), "chosen": ColumnMap(origin=form, equals=outside, missing=missing)}
        repeats.append(Repeat(over={"task": tasks}, columns=none))
    sketch.tables["choice_tasks"] = TableMap(
        source=sketch.source,
        columns={"respondent_id": sketch.person, **helpers},
        repeat=tuple(repeats),
        lookup=lookups,
        skip_empty=("chosen",),
    )


def find_best_worst(sketch: Sketch, designs: Mapping[str, Sketch]) -> None:
    """Propose best–worst sets: per set one column for the best and one for the worst item."""
    series = group_numbered(sketch.open(), number="set")
    best = _ending(series, _BEST)
    worst = _ending(series, _WORST)
    if best is None or worst is None:
        return
    sets = [number for number in series[best] if number in series[worst]]
    ends = {"best": best, "worst": worst}
    answers = {text for form in ends.values() for number in sets for text in series[form][number].all_texts}
    for value, form in ends.items():
        for number in sets:
            reason = f"its answers are items, and its name says that they are the {value} of a set"
            sketch.claim(series[form][number], "best_worst", "choice", _SURE, reason)
    over = {"set": {number: number for number in sets}}
    slots = _find_slots(sketch, sets, answers)
    lookups: tuple[Lookup, ...] = ()
    helpers: dict[str, ColumnMap] = {}
    if slots is not None:
        form, numbers = slots
        over["_slot"] = {number: number for number in numbers}
        cases = tuple(Case(origin=ends[value], same_as="item", value=value) for value in ends)
        columns = {"item": ColumnMap(origin=form), "choice": ColumnMap(cases=cases, otherwise=NONE)}
        skip: tuple[str, ...] = ("item",)
    else:
        lookups, helpers = _find_design(sketch, designs, "best_worst", ("set", "item"))
        over["item"] = {item: item for item in sorted(answers)}
        cases = tuple(Case(origin=ends[value], equals=("{item}",), value=value) for value in ends)
        columns = {"choice": ColumnMap(cases=cases, otherwise=NONE, ask=None if lookups else _ASK_ITEMS)}
        skip = ("_shown",) if lookups else ()
    sketch.tables["best_worst"] = TableMap(
        source=sketch.source,
        columns={"respondent_id": sketch.person, **helpers},
        repeat=(Repeat(over=over, columns=columns),),
        lookup=lookups,
        skip_empty=skip,
    )


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
    last = text.split()[-1:] or [""]
    return last[0] if len(last[0]) == 1 and last[0].isalnum() else ""


def _code_of(text: str, answers: list[str]) -> str:
    """Name an alternative: none for buying nothing, else its letter, else its text."""
    if _NONE.search(fold(text)):
        return NONE
    short = _short(text)
    shorts = [_short(each) for each in answers]
    return short if short and shorts.count(short) == 1 else text


def _write_answer(inside: Mapping[str, str]) -> str:
    """How the answer for an alternative is written: `Option {alternative}` where all are written like that."""
    forms = {text[: len(text) - len(code)] for text, code in inside.items() if text.endswith(code)}
    same = len(forms) == 1 and all(text.endswith(code) for text, code in inside.items())
    return f"{forms.pop()}{{alternative}}" if same else "{alternative}"


def _label(inside: Mapping[str, str]) -> dict[str, str]:
    """The labels that are needed where answers are not all written alike."""
    plain = _write_answer(inside) != "{alternative}" or all(text == code for text, code in inside.items())
    return {} if plain else dict(inside)


def _find_shown(sketch: Sketch, tasks: list[str], alternatives: list[str]) -> dict[str, ColumnMap]:
    """Propose columns such as T1_a_price, where there is one for every task and alternative."""
    grid: dict[str, dict[tuple[str, str], Seen]] = {}
    for form, series in group_numbered(sketch.open(), number="task").items():
        if set(tasks) <= set(series):
            for code in alternatives:
                for place in re.finditer(rf"(?<![A-Za-z0-9{{]){re.escape(code)}(?![A-Za-z0-9}}])", form):
                    general = f"{form[: place.start()]}{{alternative}}{form[place.end() :]}"
                    grid.setdefault(general, {}).update({(task, code): series[task] for task in tasks})
    columns: dict[str, ColumnMap] = {}
    for form, cells in grid.items():
        if len(cells) < len(tasks) * len(alternatives):
            continue
        attribute = fold(re.split(r"\{task\}|\{alternative\}", form)[-1]) or fold(form.replace("{", " "))
        name = "price" if attribute in ("price", "preis") else name_column(attribute, columns)
        is_text = any(seen.kind not in ("number", "truth") for seen in cells.values())
        columns[name] = ColumnMap(origin=form, type="text" if is_text and name != "price" else None)
        for seen in cells.values():
            sketch.claim(seen, "choice_tasks", name, _SURE, "what an alternative of a task showed, by its name")
    return columns


def _find_slots(sketch: Sketch, sets: list[str], answers: set[str]) -> tuple[str, list[str]] | None:
    """Propose columns such as S1_item2 that say which items each set showed: their form, and the slots' numbers."""
    grid: dict[str, dict[tuple[str, str], Seen]] = {}
    fitting = [seen for seen in sketch.open() if seen.distinct and set(seen.distinct) <= answers]
    for form, series in group_numbered(fitting, number="set").items():
        digits = list(re.finditer(r"\d+", form))
        if set(sets) <= set(series) and digits:
            last = digits[-1]
            general = f"{form[: last.start()]}{{_slot}}{form[last.end() :]}"
            grid.setdefault(general, {}).update({(each, last[0]): series[each] for each in sets})
    grid = {form: cells for form, cells in grid.items() if form.index("{set}") < form.index("{_slot}")}
    best = max(grid, key=lambda each: len(grid[each]), default=None)
    if best is None or len(grid[best]) < _LEAST_ITEMS * len(sets):
        return None
    for seen in grid[best].values():
        sketch.claim(seen, "best_worst", "item", _SURE, "its values are the items that are called best and worst")
    return best, list(dict.fromkeys(slot for _, slot in grid[best]))


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


def _ending(series: Mapping[str, Mapping[str, Seen]], pattern: re.Pattern[str]) -> str | None:
    """The form of the longest series whose name ends by saying best (or worst)."""
    fitting = [
        form
        for form, columns in series.items()
        if len(columns) >= _LEAST_TASKS
        and pattern.search(fold(form.rpartition(" / ")[2].rpartition(" - ")[2].replace("{set}", " ")))
        and all(seen.kind in ("choice", "text", "scale") for seen in columns.values())
    ]
    return max(fitting, key=lambda form: len(series[form]), default=None)
