"""What changed in an export since its mapping was saved: columns that are new, gone or renamed, new answers, the order.

A column is taken for a renamed one if it has the question text of one that is gone, or nearly its name. An export that
lacks more than half of what the mapping uses is another export, and refused.
"""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cvlab.errors import DataError, Problem
from cvlab.tables.conversion import show_found
from cvlab.tables.importing.exports import Export
from cvlab.tables.importing.mapping import ColumnMap, ImportMap, Source, TableMap
from cvlab.tables.importing.parts import fill_braces

ChangeKind = Literal["new column", "missing column", "renamed column", "other question", "new answers", "other order"]
_NEAR = 0.8
_MOST_COMPARED = 40_000
_LEAST_COMMON = 0.5
_MOST_ANSWERS = 40
_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that is not as it was.

    Attributes
    ----------
    kind : what happened.
    column : the column as the mapping has it; the new one where that is new.
    now : how it is now: the new name, the new question, the new answers.
    used : whether the mapping makes something of the column.
    """

    kind: ChangeKind
    column: str
    now: str = ""
    used: bool = False

    def __str__(self) -> str:
        named = f"column {self.column!r}"
        sentence = {
            "new column": f"{named} is new",
            "missing column": f"{named} is gone",
            "renamed column": f"{named} seems to be {self.now!r} now",
            "other question": f"{named} has another question now: {self.now!r}",
            "new answers": f"{named} has answers it did not have: {self.now}",
            "other order": "the columns stand in another order",
        }[self.kind]
        return sentence + ("; the mapping uses it" if self.used and self.kind.endswith("column") else "")


def compare_export(export: Export, mapping: ImportMap, *, source: str | None = None) -> list[Change]:
    """Return what changed in an export since its mapping was saved, what the mapping uses first.

    Parameters
    ----------
    export : the export as it is now.
    mapping : the saved mapping.
    source : the name of the export's source; the first one when not given.

    Raises
    ------
    DataError : the mapping was made for another export.
    """
    name = next(iter(mapping.sources)) if source is None else source
    saved = mapping.sources[name]
    used = list_used(mapping, name)
    before = saved.columns or dict.fromkeys(used, "")
    now = {str(column): export.questions.get(str(column), "") for column in export.frame.columns}
    missing = [column for column in before if column not in now]
    new = [column for column in now if column not in before] if saved.columns else []
    renamed = _pair_renamed({each: before[each] for each in missing}, {each: now[each] for each in new})
    _check_same_export(export, before, used, set(missing) - set(renamed))
    changes = [Change(kind="renamed column", column=old, now=to, used=old in used) for old, to in renamed.items()]
    changes += [
        Change(kind="missing column", column=each, used=each in used) for each in missing if each not in renamed
    ]
    changes += [Change(kind="new column", column=each) for each in new if each not in renamed.values()]
    common = [column for column in before if column in now]
    changes += [
        Change(kind="other question", column=each, now=now[each], used=each in used)
        for each in common
        if before[each] and now[each] and before[each] != now[each]
    ]
    changes += _find_new_answers(export, saved, used)
    if saved.columns and [column for column in now if column in before] != common:
        changes.append(Change(kind="other order", column=""))
    return sorted(changes, key=lambda change: not change.used)


def describe_source(export: Export) -> Source:
    """Return the source of an export with what it holds: its columns, their questions, and their answers where few.

    This is what a later export is compared with.
    """
    labels = {}
    for name, cells in export.frame.items():
        distinct = cells.unique().tolist()
        texts = sorted({text.strip() for text in distinct if text.strip()}) if len(distinct) <= _MOST_ANSWERS else []
        # Numbers and names are new every time; an answer is a text that several gave.
        if texts and len(texts) * _SHOWN <= len(cells) and not all(_is_numeral(text) for text in texts):
            labels[str(name)] = tuple(texts)
    columns = {str(name): export.questions.get(str(name), "") for name in export.frame.columns}
    return replace(export.source, columns=columns, labels=labels)


def list_used(mapping: ImportMap, source: str) -> list[str]:
    """Return the columns of an export that a mapping makes something of, each once."""
    used: list[str] = []
    for table in mapping.tables.values():
        for part in table.parts:
            if mapping.source_of(part) == source:
                used += _list_part(part)
            for lookup in part.lookup:
                if lookup.source == source:
                    used += [*lookup.on, *_list_origins(lookup.columns, ({},))]
    return list(dict.fromkeys(used))


def _list_part(part: TableMap) -> list[str]:
    used = [*part.only, *_list_origins(part.columns, ({},))]
    for repeat in part.repeat:
        fills = [dict(each) for each in itertools.product(*(
            [(name, code) for code in values.values()] for name, values in repeat.over.items()
        ))]  # fmt: skip
        used += _list_origins(repeat.columns, fills)
    return used


def _list_origins(columns: Mapping[str, ColumnMap], fills: Sequence[Mapping[str, str]]) -> list[str]:
    origins = [column.origin for column in columns.values() if column.origin is not None]
    origins += [case.origin for column in columns.values() for case in column.cases]
    return [fill_braces(origin, fill) for origin in origins for fill in fills]


def _pair_renamed(missing: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Pair columns that are gone with new ones: by their question, else by nearly the same name."""
    asked = Counter(new.values())
    gone = Counter(missing.values())
    by_question = {question: name for name, question in new.items() if question and asked[question] == 1}
    pairs = {
        name: by_question[question]
        for name, question in missing.items()
        if gone[question] == 1 and question in by_question
    }
    left = [name for name in new if name not in pairs.values()]
    by_letters = {_letters(name): name for name in left}
    for name in missing:
        if name in pairs:
            continue
        close = [by_letters[_letters(name)]] if _letters(name) in by_letters else []
        if not close and len(missing) * len(left) <= _MOST_COMPARED:
            close = difflib.get_close_matches(name, left, n=1, cutoff=_NEAR)
        if close and close[0] in left:
            pairs[name] = close[0]
            left.remove(close[0])
    return pairs


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _is_numeral(text: str) -> bool:
    return text.replace(",", "").replace(".", "").replace("-", "").replace("/", "").replace(":", "").isdigit()


def _check_same_export(export: Export, before: Collection[str], used: Sequence[str], lost: Collection[str]) -> None:
    """Refuse an export that lacks most of what the mapping was made for."""
    of_used = [column for column in used if column not in export.frame.columns]
    share = 1 - len(lost) / len(before) if before else 1.0
    if share >= _LEAST_COMMON or len(of_used) <= (1 - _LEAST_COMMON) * len(used):
        return
    rule = (
        f"the mapping was made for another export: of its {len(before):,} columns {len(before) - len(lost):,} are here "
        f"({show_found(list(export.frame.columns))})"
    )
    problem = Problem(table=export.file, rule=rule, remedy="give the mapping of this export, or draft one with --draft")
    raise DataError.from_problems("nothing was imported", [problem])


def _find_new_answers(export: Export, saved: Source, used: Collection[str]) -> list[Change]:
    changes = []
    for column, labels in saved.labels.items():
        if column in export.frame.columns:
            known = set(labels)
            texts = {text.strip() for text in export.frame[column].unique()}
            new = sorted(text for text in texts - known if text and not _is_numeral(text))
            if new:
                changes.append(
                    Change(kind="new answers", column=column, now=show_found(new)[len("found ") :], used=column in used)
                )
    return changes
