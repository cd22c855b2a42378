"""The columns of a survey's export: one row per respondent, labels instead of codes, everything as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.questionnaires import ATTENTION, INTENTS
from cvlab.tables.synthetic.raw.layout import (
    ANSWERS,
    BID_COLUMNS,
    INTENT_COLUMNS,
    LETTERS,
    PRICES,
    SLOTS,
    Asked,
    Layout,
    fill,
)
from cvlab.tables.synthetic.statements import LABELS, QUESTION
from cvlab.tables.synthetic.survey_answers import OUTSIDE

Tables = Mapping[str, pd.DataFrame]
PASSED = LABELS[4]
SCALE = {str(code): label for code, label in enumerate(LABELS, start=1)}
YES_NO = {"yes": "Yes", "no": "No"}
_FAILED = ("agree", "neither", "strongly agree")


def write_survey(line: SampleLine, tables: Tables, layout: Layout) -> Iterator[Asked]:
    """Give every question of a survey with its answers, in the order in which it was asked."""
    yield from _write_statements(line, tables, layout)
    yield from _write_prices(line, tables, layout)
    yield from _write_tasks(line, tables, layout)
    yield from _write_sets(line, tables, layout)
    people = tables["respondents"]
    for column, (name, question, labels) in layout.characteristics.items():
        yield Asked(name=name, question=question, cells=write_cells(people[column], layout, labels=labels))


def spread(table: pd.DataFrame, respondents: pd.Series, by: Sequence[str], value: str) -> dict[tuple, pd.Series]:
    """Return combination of `by` -> value of each respondent; missing where somebody has none.

    Examples
    --------
    >>> table = pd.DataFrame({"respondent_id": ["a", "a"], "price": [9, 12], "would_buy": ["yes", "no"]})
    >>> {key: cells.tolist() for key, cells in spread(table, pd.Series(["a", "b"]), ["price"], "would_buy").items()}
    {(9,): ['yes', nan], (12,): ['no', nan]}
    """
    wanted = pd.Index(respondents)
    return {
        key: part.set_index("respondent_id")[value].reindex(wanted).reset_index(drop=True)
        for key, part in table.groupby(list(by), sort=False)
    }


def write_cells(values: pd.Series, layout: Layout, *, labels: Mapping[str, str] | None = None) -> pd.Series:
    """Write values as an export does: labels instead of codes, an empty text where there is nothing."""
    texts = values.reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(texts):
        texts = texts.dt.strftime(layout.dates)
    elif pd.api.types.is_numeric_dtype(texts):
        texts = texts.map(lambda number: f"{float(number):.15g}".replace(".", layout.decimal), na_action="ignore")
    if labels:
        texts = texts.map(labels)
    return texts.astype(object).where(texts.notna(), "").astype("str")


def write_money(values: pd.Series, layout: Layout) -> pd.Series:
    """Write prices with as many decimals as the export has."""
    if layout.cents is None:
        return write_cells(values, layout)
    form = f"{{:.{layout.cents}f}}"
    numbers = values.astype("float64")
    return write_cells(
        numbers.map(lambda number: form.format(number).replace(".", layout.decimal), na_action="ignore"), layout
    )


def is_long(tables: Tables) -> np.ndarray:
    """Which respondents answered the long survey."""
    asked = tables["respondents"]["respondent_id"].isin(tables["price_ladder"]["respondent_id"])
    return asked.to_numpy(dtype=bool)


def _write_statements(line: SampleLine, tables: Tables, layout: Layout) -> Iterator[Asked]:
    people = tables["respondents"]
    scores = spread(tables["value_survey"], people["respondent_id"], ["item"], "score")
    for number, (name, item) in enumerate(line.questionnaire.battery.items.items(), start=1):
        code = layout.statement_code(number, item.wording)
        yield Asked(
            name=fill(layout.statement, item=code),
            question=f"{QUESTION} - {item.wording}",
            cells=write_cells(write_cells(scores[(name,)], layout), layout, labels=SCALE),
        )
    # Who fails the check chose something else.
    failed = pd.Series(np.resize(_FAILED, len(people)))
    passed = (people["attention_passed"] == "yes").to_numpy(dtype=bool)
    yield Asked(name=layout.attention, question=ATTENTION, cells=failed.mask(passed, PASSED))


def _write_prices(line: SampleLine, tables: Tables, layout: Layout) -> Iterator[Asked]:
    ids, book = tables["respondents"]["respondent_id"], line.questionnaire.codebook
    answers = tables["price_sensitivity"].set_index("respondent_id").reindex(ids)
    for column in (*PRICES, *INTENT_COLUMNS):
        if column in PRICES:
            cells = write_money(answers[column], layout)
        else:
            cells = write_cells(write_cells(answers[column], layout), layout, labels=INTENTS)
        yield Asked(name=layout.prices[column], question=book["price_sensitivity"][column]["question"], cells=cells)
    question = book["price_ladder"]["would_buy"]["question"]
    for (price,), bought in spread(tables["price_ladder"], ids, ["price"], "would_buy").items():
        name = fill(layout.ladder, price=f"{price:g}")
        cells = write_cells(bought, layout, labels=YES_NO)
        yield Asked(name=name, question=f"{question} - EUR {price:g}", cells=cells)
    bids = tables["contingent_valuation"].set_index("respondent_id").reindex(ids)
    wording = {"answer": book["contingent_valuation"]["answer"]["question"], "second_answer": "And at this price?"}
    for column in (*BID_COLUMNS, *ANSWERS):
        if column in bids:
            answered = column in ANSWERS
            cells = write_cells(bids[column], layout, labels=YES_NO) if answered else write_money(bids[column], layout)
            yield Asked(name=layout.bids[column], question=wording.get(column, layout.bids[column]), cells=cells)


def _write_tasks(line: SampleLine, tables: Tables, layout: Layout) -> Iterator[Asked]:
    """What was shown in each task stands beside what was picked."""
    ids, design, tasks = tables["respondents"]["respondent_id"], line.survey.design, tables["choice_tasks"]
    shown = {name: spread(tasks, ids, ["task", "alternative"], name) for name in (*design.attributes, "price")}
    picked = spread(tasks[tasks["chosen"] == 1], ids, ["task"], "alternative")
    letters = LETTERS[: design.n_alternatives]
    options = {letter.lower(): fill(layout.option, alternative=letter) for letter in letters}
    question = line.questionnaire.codebook["choice_tasks"]["chosen"]["question"]
    for task in range(1, design.n_tasks + 1):
        for letter in letters:
            for attribute, values in shown.items():
                name = fill(layout.shown, task=task, alternative=letter, attribute=attribute)
                write = write_money if attribute == "price" else write_cells
                yield Asked(name=name, question=name, cells=write(values[(task, letter.lower())], layout))
        cells = write_cells(picked[(task,)], layout, labels={**options, OUTSIDE: layout.outside})
        yield Asked(name=fill(layout.picked, task=task), question=question, cells=cells)


def _write_sets(line: SampleLine, tables: Tables, layout: Layout) -> Iterator[Asked]:
    """What was shown in each set of items, then what was called the best and the worst of it."""
    ids, sets = tables["respondents"]["respondent_id"], tables["best_worst"]
    sets = sets.assign(slot=sets.groupby(["respondent_id", "set"], sort=False).cumcount() + 1)
    items = spread(sets, ids, ["set", "slot"], "item")
    marked = {mark: spread(sets[sets["choice"] == mark], ids, ["set"], "item") for mark in layout.marks}
    question = line.questionnaire.codebook["best_worst"]["choice"]["question"]
    for number in range(1, 2 * line.survey.best_worst.n_rounds + 1):
        for slot in SLOTS:
            name = fill(layout.slot, set=number, slot=slot)
            yield Asked(name=name, question=name, cells=write_cells(items[(number, slot)], layout))
        for mark, label in layout.marks.items():
            name = fill(layout.marked, set=number, mark=label)
            yield Asked(name=name, question=f"{question} - {label}", cells=write_cells(marked[mark][(number,)], layout))
