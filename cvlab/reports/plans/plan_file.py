"""Plan files: what a report is to be made of, written down once and run again each month, by a person or a scheduler.

    lines:                          # what: folders, each as text or with settings of its own
      - ../lines/salon
      - folder: ../lines/trackers
        chapters: [1, 2, 6, 12]
        parameters: {segment_by: region}
      - folder: ../lines/trackers   # the same line once more, with other parameters
        chapters: [1, 2, 6, 12]
        parameters: {segment_by: age_group}
    parameters: {seed: 7}           # for every line whose chapters have them
    chapters: [1, 2, 5, 6, 7, 12]   # all when not given
    effort: full
    formats: [html, pdf, xlsx]
    output: reports
    workers: 2
    timeout_seconds: 1200
    notebooks: ../notebooks

Paths are relative to the plan file. The file is read by a safe loader that names values and nothing else; a key that is
unknown, repeated or of the wrong type is an error, so are anchors and aliases. Everything wrong is told at once, with
its line.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from cvlab.checks import check_count, check_one_of, check_positive
from cvlab.errors import DataError, ParameterError, Problem
from cvlab.reports.plans.chapters import Chapter
from cvlab.reports.plans.formats import check_formats
from cvlab.reports.plans.plan import Plan, check_reports, find_notebooks, make_plan, select_chapters
from cvlab.tables.setting_values import cut, show

LARGEST_FILE = 1_000_000
_LONGEST_REASON = 120


@dataclass(frozen=True, kw_only=True)
class LineRequest:
    """A line as a plan asks for it; chapters are those of the whole plan where it gives none."""

    folder: Path
    chapters: tuple[int, ...] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """What a plan file says; None where it says nothing."""

    lines: tuple[LineRequest, ...]
    chapters: tuple[int, ...] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    effort: str | None = None
    workers: int | None = None
    output: Path | None = None
    formats: tuple[str, ...] | None = None
    timeout_seconds: float | None = None
    notebooks: Path | None = None


def read_plan_file(path: str | Path) -> PlanFile:
    """Read a plan file.

    Raises
    ------
    ParameterError : it cannot be read or holds something that it may not; every problem is listed with its line.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "plan.yaml"
    >>> _ = path.write_text("lines: [salon]\\nchapters: [1, 2]\\nefort: full")
    >>> read_plan_file(path)
    Traceback (most recent call last):
    ...
    cvlab.errors.ParameterError: plan.yaml, line 3: the key 'efort' is not known: did you mean effort?
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ParameterError(f"the plan {path} is larger than a plan can be: give a file of keys and values")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ParameterError(f"the plan {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ParameterError(f"the plan {path} is not text: save it as UTF-8") from None
    return PlanFile(**_read_source(path, text))


def override(
    plan: PlanFile,
    *,
    chapters: Sequence[int] | None = None,
    parameters: Mapping[str, Any] | None = None,
    effort: str | None = None,
    workers: int | None = None,
    output: Path | None = None,
    formats: Sequence[str] | None = None,
    timeout_seconds: float | None = None,
    notebooks: Path | None = None,
) -> PlanFile:
    """Return a plan with what the command line says in the place of what its file says.

    Chapters hold for every line then; parameters, for every line whose chapters have them.

    Examples
    --------
    >>> line = LineRequest(folder=Path("salon"), chapters=(2,), parameters={"seed": 1})
    >>> plan = PlanFile(lines=(line,), effort="full")
    >>> changed = override(plan, chapters=[1, 2], parameters={"seed": "3"})
    >>> changed.lines[0].chapters, changed.lines[0].parameters, changed.parameters, changed.effort
    (None, {}, {'seed': '3'}, 'full')
    """
    given = parameters or {}
    lines = tuple(
        replace(
            line,
            chapters=line.chapters if chapters is None else None,
            parameters={name: value for name, value in line.parameters.items() if name not in given},
        )
        for line in plan.lines
    )
    return PlanFile(
        lines=lines,
        chapters=plan.chapters if chapters is None else tuple(chapters),
        parameters={**plan.parameters, **given},
        effort=plan.effort if effort is None else effort,
        workers=plan.workers if workers is None else workers,
        output=plan.output if output is None else output,
        formats=plan.formats if formats is None else tuple(formats),
        timeout_seconds=plan.timeout_seconds if timeout_seconds is None else timeout_seconds,
        notebooks=plan.notebooks if notebooks is None else notebooks,
    )


def make_plans(plan: PlanFile) -> tuple[Plan, ...]:
    """Read and check everything that the lines of a plan need; one plan of the runner for each.

    Raises
    ------
    ParameterError : a chapter, a parameter or a notebook is not what it should be.
    DataError : a product line cannot be used, or is asked for twice in the same way. All problems are listed.
    """
    notebooks = find_notebooks(plan.notebooks)
    wanted = [plan.chapters if line.chapters is None else line.chapters for line in plan.lines]
    declared = [_list_declared(notebooks, chapters) for chapters in wanted]
    unused = {
        name: value for name, value in plan.parameters.items() if not any(name in names for names in declared)
    }  # fmt: skip
    plans: list[Plan] = []
    complaints: list[str] = []
    problems: list[Problem] = []
    bad_data = False
    for number, line in enumerate(plan.lines):
        general = {name: value for name, value in plan.parameters.items() if name in declared[number]}
        # A parameter that no chapter of any line has is refused once, with the chapters of the first line.
        parameters = {**general, **(unused if number == 0 else {}), **line.parameters}
        try:
            plans.append(
                make_plan(
                    [line.folder],
                    chapters=wanted[number],
                    parameters=parameters,
                    effort=plan.effort or "quick",
                    notebooks=notebooks,
                )
            )
        except DataError as error:
            bad_data = True
            complaints.append(str(error))
            problems.extend(error.problems)
        except ParameterError as error:
            complaints.extend(str(error).splitlines())
    if complaints:
        told = "\n".join(dict.fromkeys(complaints))
        raise DataError(told, problems) if bad_data else ParameterError(told)
    check_reports(plans)
    return tuple(plans)


def _list_declared(notebooks: Path, chapters: Sequence[int] | None) -> set[str]:
    """Return the names of the parameters that the chapters have; none where they cannot be read: that is told later."""
    try:
        selected: Iterable[Chapter] = select_chapters(notebooks, chapters)
    except ParameterError:
        return set()
    return {name for chapter in selected for name in chapter.parameters}


@dataclass(frozen=True, kw_only=True)
class _Source:
    """The file as it is read: where it lies, the loader that makes values of its nodes, and what was found wrong."""

    path: Path
    loader: yaml.SafeLoader
    problems: list[str]

    def complain(self, node: yaml.Node | None, what: str) -> None:
        """Note something wrong, with its line."""
        mark = None if node is None else node.start_mark
        self.complain_line(None if mark is None else mark.line + 1, what)

    def complain_line(self, line: int | None, what: str) -> None:
        self.problems.append(f"{self.path.name}{'' if line is None else f', line {line}'}: {what}")

    def value(self, node: yaml.Node) -> Any:
        return self.loader.construct_object(node, deep=True)


_Reader = Callable[[yaml.Node, str, _Source], Any]


def _read_source(path: Path, text: str) -> dict[str, Any]:
    source = _Source(path=path, loader=yaml.SafeLoader(text), problems=[])
    values: dict[str, Any] = {}
    try:
        _refuse_repeated_values(text, source)
        if not source.problems:  # only then: a few lines of aliases can stand for gigabytes
            node = source.loader.get_single_node()
            if isinstance(node, yaml.MappingNode):
                _refuse_repeated_keys(node, source)
                values = _read_keys(node, _KEYS, source)
            else:
                source.complain(node, "the file must hold keys and values: write one `key: value` per line")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = cut(getattr(error, "problem", None) or "it cannot be read", _LONGEST_REASON)
        source.complain_line(mark.line + 1 if mark else None, f"this is not YAML: {reason}")
    except (ValueError, RecursionError) as error:  # such as the date 2026-02-30
        source.complain_line(None, f"it has an impossible value: {cut(str(error), _LONGEST_REASON)}")
    finally:
        source.loader.dispose()
    if source.problems:
        raise ParameterError("\n".join(source.problems))
    return values


def _refuse_repeated_values(text: str, source: _Source) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            source.complain_line(
                event.start_mark.line + 1 if event.start_mark else None,
                "anchors (&) and aliases (*) must not be used: write each value out, in quotes where it starts so",
            )


def _refuse_repeated_keys(node: yaml.Node, source: _Source) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item, source)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                source.complain(key, f"the key {show(key.value)} is there twice: keep one")
            seen.add(str(key.value))
            _refuse_repeated_keys(value, source)


def _read_keys(node: yaml.MappingNode, readers: Mapping[str, _Reader], source: _Source) -> dict[str, Any]:
    """Read the keys of a mapping, each by its reader; a key without a value counts as not given."""
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if name not in readers:
            near = difflib.get_close_matches(name, readers, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(readers)}"
            source.complain(key, f"the key {show(key.value if name else source.value(key))} is not known: {remedy}")
        elif value.tag != "tag:yaml.org,2002:null":
            try:
                values[name] = readers[name](value, name, source)
            except ParameterError as error:
                source.complain(value, str(error))
    first = next(iter(readers))  # the one key that must be there
    if first not in values and not any(key.value == first and value.value for key, value in node.value):
        example = "[lines/salon]" if first == "lines" else "lines/salon"
        source.complain(node, f"the key {first} is missing: add it, as in `{first}: {example}`")
    return values


def _read_lines(node: yaml.Node, name: str, source: _Source) -> tuple[LineRequest, ...]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise ParameterError(f"{name} must be a list of folders: write one `- folder` per line")
    requests = []
    for item in node.value:
        if isinstance(item, yaml.MappingNode):
            known = len(source.problems)
            values = _read_keys(item, _LINE_KEYS, source)
            if len(source.problems) == known:
                requests.append(LineRequest(**values))
            continue
        try:
            requests.append(LineRequest(folder=_read_path(item, "a line", source)))
        except ParameterError as error:
            source.complain(item, str(error))
    return tuple(requests)


def _read_path(node: yaml.Node, name: str, source: _Source) -> Path:
    value = source.value(node)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ParameterError(f"{name} is {show(value)}: give a folder, relative to the plan file")
    return source.path.parent / Path(value).expanduser()


def _read_chapters(node: yaml.Node, name: str, source: _Source) -> tuple[int, ...]:
    value = source.value(node)
    numbers = value if isinstance(value, list) else [value]
    if not numbers or not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
        raise ParameterError(f"{name} is {show(value)}: give the numbers of chapters, such as [2, 6]")
    return tuple(numbers)


def _read_parameters(node: yaml.Node, name: str, source: _Source) -> dict[str, Any]:
    value = source.value(node)
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value):
        raise ParameterError(f"{name} is {show(value)}: give a value for each name, such as {{seed: 7}}")
    return {
        # YAML reads 2026-05-31 as a date; the notebooks take the text.
        each: given.isoformat() if isinstance(given, datetime.date) else given
        for each, given in value.items()
    }


def _read_effort(node: yaml.Node, name: str, source: _Source) -> str:
    return str(check_one_of(source.value(node), ("quick", "full"), name))


def _read_workers(node: yaml.Node, name: str, source: _Source) -> int:
    return check_count(source.value(node), name)


def _read_seconds(node: yaml.Node, name: str, source: _Source) -> float:
    return check_positive(source.value(node), name)


def _read_formats(node: yaml.Node, name: str, source: _Source) -> tuple[str, ...]:
    value = source.value(node)
    formats = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(formats, list) or not formats or not all(isinstance(each, str) for each in formats):
        raise ParameterError(f"{name} is {show(value)}: give a list such as [html, pdf]")
    return check_formats(formats)


_LINE_KEYS: Mapping[str, _Reader] = {
    "folder": _read_path,
    "chapters": _read_chapters,
    "parameters": _read_parameters,
}
_KEYS: Mapping[str, _Reader] = {
    "lines": _read_lines,
    "chapters": _read_chapters,
    "parameters": _read_parameters,
    "effort": _read_effort,
    "workers": _read_workers,
    "output": _read_path,
    "formats": _read_formats,
    "timeout_seconds": _read_seconds,
    "notebooks": _read_path,
}
