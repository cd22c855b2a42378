"""The mapping of a survey's export: from the columns of its layout back to the tables of the line."""

from __future__ import annotations

from cvlab.tables.importing import Case, CodebookEntry, ColumnMap, ImportMap, Repeat, Source, TableMap
from cvlab.tables.synthetic.line import SampleLine
from cvlab.tables.synthetic.questionnaires import INTENTS
from cvlab.tables.synthetic.raw.layout import (
    ANSWERS,
    BID_COLUMNS,
    INTENT_COLUMNS,
    LETTERS,
    PRICES,
    SLOTS,
    Layout,
    fill,
)
from cvlab.tables.synthetic.raw.survey_columns import PASSED, SCALE, YES_NO
from cvlab.tables.synthetic.survey_answers import OUTSIDE


def map_survey(line: SampleLine, layout: Layout, source: Source) -> ImportMap:
    """Return the mapping of an export with this layout, for a source that says how its file is read."""
    tables = {
        "respondents": _map_respondents(layout),
        "value_survey": _map_statements(line, layout),
        "price_sensitivity": _map_prices(layout),
        "price_ladder": _map_ladder(line, layout),
        "contingent_valuation": _map_bids(line, layout),
        "choice_tasks": _map_tasks(line, layout),
        "best_worst": _map_sets(line, layout),
    }
    codebook = {
        table: {column: CodebookEntry(**entry) for column, entry in entries.items()}
        for table, entries in line.questionnaire.codebook.items()
    }
    return ImportMap(sources={"survey": source}, tables=tables, codebook=codebook)


def _respondent(layout: Layout) -> dict[str, ColumnMap]:
    return {"respondent_id": ColumnMap(origin=layout.respondent)}


def _turn(labels: dict[str, str]) -> dict[str, str]:
    return {label: code for code, label in labels.items()}


def _map_respondents(layout: Layout) -> TableMap:
    characteristics = {
        column: ColumnMap(origin=name, labels=_turn(dict(labels)))
        for column, (name, _, labels) in layout.characteristics.items()
    }
    return TableMap(
        columns={
            **_respondent(layout),
            "seconds": ColumnMap(origin=layout.seconds),
            "started_on": ColumnMap(origin=layout.started),
            "attention_passed": ColumnMap(origin=layout.attention, equals=(PASSED,)),
            **characteristics,
        }
    )


def _map_statements(line: SampleLine, layout: Layout) -> TableMap:
    """One group per dimension and direction: what its rows share is written once."""
    groups: dict[tuple[str, bool], dict[str, str]] = {}
    for number, (name, item) in enumerate(line.questionnaire.battery.items.items(), start=1):
        code = layout.statement_code(number, item.wording)
        groups.setdefault((item.dimension, item.reversed), {})[name] = code
    return TableMap(
        columns=_respondent(layout),
        repeat=tuple(
            Repeat(
                over={"item": items},
                columns={
                    "dimension": ColumnMap(value=dimension),
                    "score": ColumnMap(origin=layout.statement, labels=_turn(SCALE)),
                    "reversed": ColumnMap(value="yes" if turned else "no"),
                },
            )
            for (dimension, turned), items in groups.items()
        ),
    )


def _map_prices(layout: Layout) -> TableMap:
    prices = {column: ColumnMap(origin=layout.prices[column]) for column in PRICES}
    intents = {
        column: ColumnMap(origin=layout.prices[column], labels=_turn(dict(INTENTS))) for column in INTENT_COLUMNS
    }
    return TableMap(columns={**_respondent(layout), **prices, **intents}, only=_only_long(layout))


def _map_ladder(line: SampleLine, layout: Layout) -> TableMap:
    prices = {f"{price:g}": f"{price:g}" for price in line.survey.ladder_prices}
    columns = {"would_buy": ColumnMap(origin=layout.ladder, labels=_turn(YES_NO))}
    return TableMap(
        columns=_respondent(layout), repeat=(Repeat(over={"price": prices}, columns=columns),), only=_only_long(layout)
    )


def _map_bids(line: SampleLine, layout: Layout) -> TableMap:
    bids = BID_COLUMNS if line.survey.bids.double else BID_COLUMNS[:1]
    answers = ANSWERS if line.survey.bids.double else ANSWERS[:1]
    columns = {column: ColumnMap(origin=layout.bids[column]) for column in bids}
    columns |= {column: ColumnMap(origin=layout.bids[column], labels=_turn(YES_NO)) for column in answers}
    return TableMap(columns={**_respondent(layout), **columns}, only=_only_long(layout))


def _map_tasks(line: SampleLine, layout: Layout) -> TableMap:
    """The alternatives with what was shown, then the one to buy nothing; tasks are put together again."""
    design = line.survey.design
    tasks = {str(task): str(task) for task in range(1, design.n_tasks + 1)}
    letters = {letter.lower(): letter for letter in LETTERS[: design.n_alternatives]}
    shown = {
        name: ColumnMap(origin=fill(layout.shown, attribute=name), type="text" if isinstance(levels[0], str) else None)
        for name, levels in design.attributes.items()
    }
    shown["price"] = ColumnMap(origin=fill(layout.shown, attribute="price"))
    alternatives = Repeat(
        over={"task": tasks, "alternative": letters},
        columns={**shown, "chosen": ColumnMap(origin=layout.picked, equals=(layout.option,))},
    )
    nothing = Repeat(
        over={"task": tasks},
        columns={
            "alternative": ColumnMap(value=OUTSIDE),
            "chosen": ColumnMap(origin=layout.picked, equals=(layout.outside,)),
        },
    )
    return TableMap(columns=_respondent(layout), repeat=(alternatives, nothing), only=_only_long(layout))


def _map_sets(line: SampleLine, layout: Layout) -> TableMap:
    sets = {str(number): str(number) for number in range(1, 2 * line.survey.best_worst.n_rounds + 1)}
    cases = tuple(
        Case(origin=fill(layout.marked, mark=label), same_as="item", value=mark) for mark, label in layout.marks.items()
    )
    columns = {
        "item": ColumnMap(origin=fill(layout.slot, slot="{_slot}")),
        "choice": ColumnMap(cases=cases, otherwise="none"),
    }
    over = {"set": sets, "_slot": {str(slot): str(slot) for slot in SLOTS}}
    return TableMap(columns=_respondent(layout), repeat=(Repeat(over=over, columns=columns),), only=_only_long(layout))


def _only_long(layout: Layout) -> dict[str, tuple[str, ...]]:
    """Who was not asked has no row."""
    return {layout.version: (layout.long,)}
