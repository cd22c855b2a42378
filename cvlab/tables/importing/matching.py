"""Which file is which source: by the columns it has, and by its name where that does not decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cvlab.errors import DataError, Problem
from cvlab.tables.importing.comparing import list_used
from cvlab.tables.importing.exports import Export, read_export, read_names
from cvlab.tables.importing.mapping import ImportMap

_LEAST_COMMON = 0.5


def match_files(files: Sequence[Path], mapping: ImportMap) -> dict[str, list[Path]]:
    """Return the files of each source.

    One file is enough for several sources where they are sheets of it; several files are one source where the source
    says `stack: yes`.

    Raises
    ------
    DataError : a source has no file or could be several, or a file is none of the sources.
    """
    if len(files) == 1 and len(mapping.sources) == 1:
        return {next(iter(mapping.sources)): [files[0]]}
    shares = {name: {file: _share_found(file, name, mapping) for file in files} for name in mapping.sources}
    matched: dict[str, list[Path]] = {}
    problems = []
    for name, source in mapping.sources.items():
        fitting = [file for file, share in shares[name].items() if share >= _LEAST_COMMON]
        best = [file for file in fitting if shares[name][file] == max(shares[name][each] for each in fitting)]
        named = [file for file in best if file.name == source.file]
        if source.stack and fitting:
            matched[name] = fitting
        elif not fitting:
            rule = f"no file given has the columns of the source {name!r}"
            remedy = f"give the file as well (it was {source.file!r} when the mapping was saved)"
            problems.append(Problem(table="the mapping", rule=rule, remedy=remedy))
        elif len(best) > 1 and len(named) != 1:
            listed = " and ".join(file.name for file in best)
            rule = f"{listed} have the columns of the source {name!r}"
            remedy = "give one of them, or say `stack: yes` if their rows belong below each other"
            problems.append(Problem(table="the mapping", rule=rule, remedy=remedy))
        else:
            matched[name] = named or best
    taken = {file for found in matched.values() for file in found}
    if not problems:
        problems = [
            Problem(
                table=file.name,
                rule="the file is none of the sources of the mapping",
                remedy="leave it out, or give the mapping that was made for it",
            )
            for file in files
            if file not in taken
        ]
    if problems:
        raise DataError.from_problems("nothing was imported", problems)
    return matched


def read_sources(matched: Mapping[str, Sequence[Path]], mapping: ImportMap) -> dict[str, list[Export]]:
    """Read the files of each source; the problems of all files come together."""
    exports: dict[str, list[Export]] = {}
    problems: list[Problem] = []
    for name, files in matched.items():
        for file in files:
            try:
                exports.setdefault(name, []).append(read_export(file, mapping.sources[name]))
            except DataError as error:
                problems += error.problems
    if problems:
        raise DataError.from_problems("nothing was imported", problems)
    return exports


def stack_exports(exports: Sequence[Export]) -> Export:
    """Put exports of the same form below each other; each row keeps the number it has in its own file.

    Raises
    ------
    DataError : their columns differ.
    """
    first, *others = exports
    if not others:
        return first
    names = list(first.frame.columns)
    problems = []
    for other in others:
        differing = [str(name) for name in first.frame.columns.symmetric_difference(other.frame.columns)]
        if differing:
            rule = f"the file must have the columns of {first.file}, but {', '.join(map(repr, differing[:5]))} differ"
            problems.append(Problem(table=other.file, rule=rule, remedy="export both with the same questions"))
    if problems:
        raise DataError.from_problems("nothing was imported", problems)
    return replace(
        first,
        file=" + ".join(export.file for export in exports),
        frame=pd.concat([export.frame[names] for export in exports], ignore_index=True),
        rows=np.concatenate([export.rows for export in exports]),
        notes=tuple(dict.fromkeys(note for export in exports for note in export.notes)),
    )


def _share_found(file: Path, name: str, mapping: ImportMap) -> float:
    """The share of a source's columns that a file has; none where it cannot be read as that source says."""
    wanted = set(mapping.sources[name].columns) or set(list_used(mapping, name))
    try:
        found = read_names(file, mapping.sources[name])
    except DataError:
        return 0.0
    return len(wanted & set(found)) / len(wanted) if wanted else 0.0
