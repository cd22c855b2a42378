"""Getting data in, live: pick a table and one of its columns, match it with a column of the export, and see both.

What is shown is made by the functions that `cvlab import` uses: `draft_mapping` proposes, `apply_mapping` makes the ten
rows after, `save_draft` saves. Groups of columns that become rows are changed in the saved mapping, not here.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import pandas as pd

from cvlab.errors import ParameterError
from cvlab.explorers.common.controls import arrange, class_names
from cvlab.tables.importing import Export, ImportMap
from cvlab.tables.importing.comparing import list_used
from cvlab.tables.importing.draft import LOW, Draft, draft_mapping
from cvlab.tables.importing.drafting import close_question, preview_table, read_files, save_draft
from cvlab.tables.importing.mapping import DATE_ORDERS, DECIMALS, ColumnMap, TableMap, list_questions
from cvlab.tables.schema import TABLES
from cvlab.units import write_number

ROWS = 10
NOTHING = "(nothing)"
_MOST_COLUMNS, _LONGEST_CELL, _MOST_PROBLEMS = 12, 40, 5


class ImportExplorer(widgets.VBox):
    """A choice of table, of one of its columns, and of the column of the export that it is made from.

    Attributes
    ----------
    table_choice, field_choice, column_choice : what is made, and of what.
    save : saves the mapping as it is now.
    decimal_choice, dates_choice : how numbers and dates of the table's export are written; under "More".
    question_choice, answered : a question that stands, and a button to say that the mapping is right as it is.
    file_name, overwrite : where the mapping is saved, and whether another one there may be overwritten.
    sentence, before, after : what is proposed and what does not fit, ten rows of the export, ten of the table, as HTML.
    mapping : the mapping with what was changed.
    draft : what was proposed at first.
    """

    def __init__(self, exports: Mapping[str, Export], draft: Draft, *, save_as: Path, projector: bool) -> None:
        self.draft = draft
        self.mapping = draft.mapping
        self._exports = dict(exports)
        self._switching = False
        wide = {"width": "100%"}
        self.table_choice = widgets.Dropdown(options=list(self.mapping.tables), description="table", layout=wide)
        self.field_choice = widgets.Dropdown(options=[NOTHING], description="column", layout=wide)
        self.column_choice = widgets.Dropdown(options=[NOTHING], description="made from", layout=wide)
        self.save = widgets.Button(description="save the mapping", layout={"width": "auto"})
        self.decimal_choice = widgets.Dropdown(options=DECIMALS, description="decimal", layout=wide)
        self.dates_choice = widgets.Dropdown(options=DATE_ORDERS, description="dates", layout=wide)
        self.question_choice = widgets.Dropdown(options=[NOTHING], description="question", layout=wide)
        self.answered = widgets.Button(description="right as it is", layout={"width": "auto"})
        self.file_name = widgets.Text(value=str(save_as), description="save as", layout=wide)
        self.overwrite = widgets.Checkbox(value=False, description="overwrite another mapping", layout=wide)
        self.sentence, self.before, self.after = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._show_table()
        self._connect()
        controls = [self.table_choice, self.field_choice, self.column_choice, self.save]
        more = [self.decimal_choice, self.dates_choice, self.question_choice, self.answered, self.file_name]
        super().__init__(arrange(controls, [self.sentence, self.before, self.after], more=[*more, self.overwrite]))
        for name in class_names(projector=projector):
            self.add_class(name)
        self._answer()

    @property
    def source(self) -> str:
        """The name of the export that the chosen table is made from."""
        return self.mapping.source_of(self._part)

    @property
    def _part(self) -> TableMap:
        return self.mapping.tables[self.table_choice.value]

    def _connect(self) -> None:
        self.table_choice.observe(self._show_table, names="value")
        self.field_choice.observe(self._show_field, names="value")
        self.column_choice.observe(self._match, names="value")
        for control in (self.decimal_choice, self.dates_choice):
            control.observe(self._read_otherwise, names="value")
        self.save.on_click(self._save)
        self.answered.on_click(self._close_question)

    def _show_table(self, _change: object = None) -> None:
        """Offer the columns of the chosen table, and those of its export."""
        self._switching = True
        declared = TABLES[self.table_choice.value]
        grouped = {name for repeat in self._part.repeat for name in (*repeat.over, *repeat.columns)}
        grouped |= {name for lookup in self._part.lookup for name in lookup.columns}
        names = dict.fromkeys([*self._part.columns, *declared.column_names])
        self.field_choice.options = [name for name in names if name not in grouped and not name.startswith("_")]
        self.column_choice.options = [NOTHING, *map(str, self._exports[self.source].frame.columns)]
        source = self.mapping.sources[self.source]
        self.decimal_choice.value, self.dates_choice.value = source.decimal, source.dates
        self._switching = False
        self._show_field()

    def _show_field(self, _change: object = None) -> None:
        """Set the choice of the export's column to what the chosen column is made from."""
        if self._switching:
            return
        self._switching = True
        made = self._part.columns.get(self.field_choice.value)
        origin = made.origin if made is not None else None
        self.column_choice.value = origin if origin in self.column_choice.options else NOTHING
        self._switching = False
        self._answer()

    def _match(self, _change: object) -> None:
        """Make the chosen column from the chosen column of the export, or from none."""
        if self._switching:
            return
        columns = dict(self._part.columns)
        name, origin = self.field_choice.value, self.column_choice.value
        if origin == NOTHING:
            columns.pop(name, None)
        else:
            columns[name] = replace(columns.get(name, ColumnMap()), origin=origin, value=None, cases=(), ask=None)
        self._put(replace(self._part, columns=columns))

    def _put(self, part: TableMap) -> None:
        tables = {**self.mapping.tables, self.table_choice.value: part}
        self.mapping = replace(self.mapping, tables=tables)
        # What is used is not ignored any more; what was used and is not any more is listed by the import.
        source = self.mapping.sources[self.source]
        used = set(list_used(self.mapping, self.source))
        kept = tuple(name for name in source.ignore if name not in used)
        self._put_source(ignore=kept)

    def _put_source(self, **changes: object) -> None:
        source = replace(self.mapping.sources[self.source], **changes)  # type: ignore[arg-type]
        self.mapping = replace(self.mapping, sources={**self.mapping.sources, self.source: source})
        self._answer()

    def _read_otherwise(self, _change: object) -> None:
        if not self._switching:
            source = self.mapping.sources[self.source]
            decimal = self.decimal_choice.value
            thousands = "" if source.thousands == decimal else source.thousands
            self._put_source(decimal=decimal, thousands=thousands, dates=self.dates_choice.value)

    def _close_question(self, _button: widgets.Button) -> None:
        """Delete the chosen question, for the mapping is right as it stands."""
        self.mapping = close_question(self.mapping, self.question_choice.value)
        self._answer()

    def _save(self, _button: widgets.Button) -> None:
        try:
            path = save_draft(self.mapping, self.file_name.value, force=self.overwrite.value)
            said = f"The mapping is in {path}."
        except ParameterError as error:
            said = f"Not saved: {error}."
        self._answer(said)

    def _answer(self, said: str = "") -> None:
        questions = list_questions(self.mapping)
        self.question_choice.options = questions or [NOTHING]
        self.answered.disabled = not questions
        export = self._exports[self.source]
        made = preview_table(self._exports, self.mapping, self.table_choice.value, rows=ROWS)
        used = [name for name in list_used(self._only_table(), self.source) if name in export.frame.columns]
        self.before.value = _write_rows("Before", export.file, export.frame[used].head(ROWS))
        self.after.value = _write_rows(
            "After", self.table_choice.value, made.tables[self.table_choice.value].head(ROWS)
        )
        told = [said, self._tell_column(), *map(str, made.problems[:_MOST_PROBLEMS])]
        if questions:
            count = f"{len(questions)} question{'s' if len(questions) > 1 else ''}"
            told.append(f"{count} must be answered before the import (under More): {questions[0]}")
        self.sentence.value = "".join(f"<p>{html.escape(text)}</p>" for text in told if text)

    def _only_table(self) -> ImportMap:
        return replace(self.mapping, tables={self.table_choice.value: self._part})

    def _tell_column(self) -> str:
        """What the draft says about the column of the export that is chosen."""
        chosen = self.column_choice.value
        if chosen == NOTHING:
            column = next(
                (c for c in TABLES[self.table_choice.value].columns if c.name == self.field_choice.value), None
            )
            needed = column is not None and column.required and self.field_choice.value not in self._part.columns
            return f"{self.field_choice.value} must be there: choose the column it is made from." if needed else ""
        table = self.draft.table
        row = table[(table["source"] == self.source) & (table["column"] == chosen)].iloc[0]
        proposed = f"{row['table']}.{row['field']}" if row["table"] else "left out"
        sure = write_number(float(row["confidence"]), "share")
        doubt = ", so look at it" if row["confidence"] < LOW else ""
        question = f" Its question: {row['question']}" if row["question"] else ""
        return f"Proposed for {chosen}: {proposed}, {sure} sure{doubt}; {row['reason']}.{question}"


def explore_import(
    file: str | Path | Iterable[str | Path],
    *,
    sheet: str | None = None,
    into: str | Path | None = None,
    projector: bool = False,
) -> ImportExplorer:
    """Show how an export becomes tables, and change it: what is matched, ten rows before and after, the saved mapping.

    Parameters
    ----------
    file : one export, or several that belong together.
    sheet : the only sheet to read of a workbook.
    into : the folder of the product line, in which map.yaml is saved; that of the first file when not given.
    projector : large type, for a page seen from the last row.

    Raises
    ------
    DataError, ParameterError : as `draft_mapping` and `read_export`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "customers.csv"
    ...     _ = path.write_text("Customer no,Customer since\\n1,2026-01-31\\n")
    ...     explorer = explore_import(path)
    >>> explorer.table_choice.value, explorer.column_choice.value
    ('customers', 'Customer no')
    """
    exports = read_files(file, sheet=sheet)
    draft = draft_mapping(exports)
    first = Path(file) if isinstance(file, (str, Path)) else Path(next(iter(file)))
    folder = first.parent if into is None else Path(into)
    return ImportExplorer(exports, draft, save_as=folder / "map.yaml", projector=projector)


def _write_rows(heading: str, name: str, rows: pd.DataFrame) -> str:
    """Return rows as an HTML table; wide ones end with the number of columns left."""
    shown = rows.iloc[:, :_MOST_COLUMNS]
    head = "".join(f"<th>{html.escape(_cut(str(column)))}</th>" for column in shown.columns)
    lines = [
        "".join(f"<td>{html.escape(_cut('' if pd.isna(cell) else _write_cell(cell)))}</td>" for cell in row)
        for row in shown.itertuples(index=False, name=None)
    ]
    left = len(rows.columns) - len(shown.columns)
    more = f"<p><small>and {left:,} more columns</small></p>" if left else ""
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<p><b>{heading}</b>: {html.escape(name)}</p><table><tr>{head}</tr>{body}</table>{more}"


def _write_cell(cell: object) -> str:
    if isinstance(cell, pd.Timestamp):
        return cell.strftime("%Y-%m-%d") if cell == cell.normalize() else cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
