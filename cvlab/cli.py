"""The command line: cvlab check · new · import · sample · report · runs · compare · lab · workshop.

Each command is thin: it calls what the notebooks call, prints, and sets the exit code. What is heavy is loaded inside
the command that needs it, so that `cvlab --help` answers at once.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cvlab.errors import DataError, MissingExtraError, ParameterError

if TYPE_CHECKING:
    from cvlab.errors import Problem

PURPOSES = ("pricing", "segments", "retention", "all")


class Folder(click.Path):
    """A folder on the command line; an empty text would mean the folder one happens to be in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and not value.strip():
            self.fail("it is empty: give a folder, or . for the one you are in", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = Folder(path_type=Path)
SECONDS = click.FloatRange(min=0)


class PlainErrors(click.Group):
    """Says what went wrong with the input in one message without a traceback; exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DataError, ParameterError, MissingExtraError) as error:
            raise click.ClickException(_make_printable(str(error))) from error


@click.group(cls=PlainErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cvlab")
def main() -> None:
    """Customer value analysis: tables about a product line in, a report to act on out."""


@main.command()
@click.argument("folder", type=FOLDER)
@click.pass_context
def check(ctx: click.Context, folder: Path) -> None:
    """List everything that is wrong with the product line in FOLDER.

    The exit code is 1 if anything must be corrected before a report can be made; warnings alone leave it at 0.
    """
    from cvlab.tables.product_line import check_product_line

    problems = check_product_line(folder)
    click.echo(_make_printable(_list_problems(folder, problems)))
    if any(problem.severity == "error" for problem in problems):
        ctx.exit(1)


@main.command()
@click.argument("folder", type=FOLDER)
@click.option("--for", "purpose", type=click.Choice(PURPOSES), default="all", help="What the line is for.")
def new(folder: Path, purpose: str) -> None:
    """Start a product line in FOLDER: a commented product_line.yaml and a header line per table."""
    from cvlab.tables.starter import start_product_line

    for path in start_product_line(folder, purpose=purpose):
        click.echo(_make_printable(str(path)))
    click.echo(_make_printable(f"Fill the tables, delete those you do not have, then run: cvlab check {folder}"))


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=FOLDER, metavar="FILE …")
@click.option("--into", type=FOLDER, required=True, metavar="FOLDER", help="Folder of the product line.")
@click.option("--map", "map_file", type=FOLDER, metavar="FILE", help="The mapping; FOLDER/map.yaml when not given.")
@click.option("--draft", is_flag=True, help="Only propose the mapping and save it; no table is written.")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook; all visible ones are drafted when not given.")
@click.option("--encoding", metavar="NAME", help="With --draft: encoding of the CSV files, such as cp1252 or utf-16.")
@click.option(
    "--delimiter", metavar="MARK", help="With --draft: what parts the columns of the CSV files; tab for tabs."
)
@click.option("--skip", type=click.IntRange(min=0), metavar="ROWS", help="With --draft: rows above the header.")
@click.option(
    "--header", type=click.Choice(["plain", "qualtrics", "surveymonkey"]), help="With --draft: the form of the header."
)
@click.option("--force", is_flag=True, help="With --draft: overwrite a mapping that is there already.")
@click.option(
    "--overwrite", is_flag=True, help="Overwrite tables that were changed or made by hand; else that is refused."
)
@click.pass_context
def import_(
    ctx: click.Context,
    files: tuple[Path, ...],
    into: Path,
    map_file: Path | None,
    draft: bool,
    sheet: str | None,
    encoding: str | None,
    delimiter: str | None,
    skip: int | None,
    header: Literal["plain", "qualtrics", "surveymonkey"] | None,
    force: bool,
    overwrite: bool,
) -> None:
    """Turn exports of surveys and spreadsheets (CSV, xlsx) into the tables of a product line.

    \b
    cvlab import answers.csv --into LINE --draft   1. proposes what each column is, saves LINE/map.yaml
    (look at LINE/map.yaml, answer its questions)  2. you correct it; every `ask` must be deleted
    cvlab import answers.csv --into LINE           3. writes the tables, then checks LINE

    Next quarter only the third step is needed: the mapping is used again, and what changed in the export is said. Give
    files that belong together, such as answers and the design of choice tasks, in one command. Either all tables are
    written or none; importing the same files twice changes nothing. A table that somebody changed since it was
    imported is named and left alone, and so is everything else, unless --overwrite is given.

    The exit code is 1 if nothing could be imported, or if anything must be corrected before a report can be made.
    """
    from cvlab.tables.importing.importing import import_tables
    from cvlab.tables.importing.telling import tell_draft, tell_next, tell_report

    target = into / "map.yaml" if map_file is None else map_file
    again = shlex.join(["cvlab", "import", *map(str, files), "--into", str(into)])
    again += "" if map_file is None else f" {shlex.join(['--map', str(map_file)])}"
    if not draft and any(each is not None for each in (encoding, delimiter, skip, header)):
        raise click.UsageError(f"--encoding, --delimiter, --skip and --header go with --draft: say them in {target}")
    if overwrite and draft:
        raise click.UsageError("--overwrite goes with the import: a draft writes no table (its mapping: --force)")
    if force and not draft:
        raise click.UsageError("--force goes with --draft; tables changed by hand are overwritten by --overwrite")
    if draft:
        from cvlab.tables.importing.detection import Told
        from cvlab.tables.importing.drafting import draft_files, save_draft

        mark = "\t" if delimiter in ("tab", "\\t") else delimiter
        told = Told(encoding=encoding, delimiter=mark, skip=skip, header=header)
        try:
            proposed = draft_files(files, sheet=sheet, told=told)
        except DataError as error:
            if not any(f"`{key}:" in str(error) for key in ("encoding", "delimiter", "skip", "header")):
                raise
            if all(file.suffix.lower() in (".xlsx", ".xlsm", ".xls") for file in files):
                how = "Say `sheet:`, `skip:` and `header:` as options of this command: --sheet NAME --skip 2"
                raise click.ClickException(_make_printable(f"{error}\n{how}")) from error
            how = "Say `encoding:`, `delimiter:`, `skip:` and `header:` as options of this command: --encoding cp1252"
            raise click.ClickException(_make_printable(f"{error}\n{how}")) from error
        save_draft(proposed.mapping, target, force=force)
        step = "Answer the questions in it" if proposed.questions else "Look at it"
        lines = [*tell_draft(proposed), "", f"The mapping is in {target}. {step}, then run:", f"  {again}"]
        click.echo(_make_printable("\n".join(lines)))
        return
    from cvlab.tables.importing.drafting import read_saved_map

    mapping = read_saved_map(target, sheet=sheet, draft=f"{again} --draft")
    try:
        report = import_tables(files, into=into, mapping=mapping, overwrite=overwrite)
    except DataError as error:
        # Whoever reads the message should know which file to open.
        said = str(error).replace("error: the mapping: ", f"error: the mapping {target}: ")
        raise click.ClickException(_make_printable(said)) from error
    wrong = any(problem.severity == "error" for problem in report.problems)
    lines = [*tell_report(report), "", _list_problems(into, report.problems), "", *tell_next(report)]
    click.echo(_make_printable("\n".join(lines)))
    if wrong:
        ctx.exit(1)


@main.command()
@click.option("--output", type=FOLDER, help="Where to write; data/sample of the checkout when not given.")
def sample(output: Path | None) -> None:
    """Write the three sample product lines."""
    from cvlab.tables.synthetic import write_samples

    for path in write_samples(output or _find_checkout() / "data" / "sample"):
        click.echo(_make_printable(str(path)))


@main.command()
@click.argument("folders", nargs=-1, type=FOLDER, metavar="[FOLDER …]")
@click.option("--plan", type=FOLDER, metavar="FILE", help="Take lines and settings from a plan file, described above.")
@click.option("--chapters", metavar="2,6", help="Chapters to run, by number; all when not given.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Set a parameter; may come repeatedly.")
@click.option("--effort", type=click.Choice(["quick", "full"]), help="How hard to try; quick when not given.")
@click.option("--formats", metavar="html,pdf", help="Some of html, pdf, xlsx, pptx; html,pdf,xlsx when not given.")
@click.option("--workers", type=click.IntRange(min=1), help="Chapters run at a time; one per processor when not given.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="How long one chapter may take; 900 when not given.")
@click.option("--output", type=FOLDER, help="Folder for the reports; reports when not given.")
@click.option("--notebooks", type=FOLDER, help="Folder of the chapters; that of the checkout when not given.")
@click.option("--resume", is_flag=True, help="Go on with the same run where it was stopped; start anew without one.")
@click.option("--wait", type=SECONDS, default=0.0, metavar="SECONDS", help="Wait for another run in the same folder.")
@click.option("--json", "as_json", is_flag=True, help="Tell each event on stdout, one JSON object per line.")
@click.option("--quiet", is_flag=True, help="Say nothing but what went wrong.")
@click.pass_context
def report(
    ctx: click.Context,
    folders: tuple[Path, ...],
    plan: Path | None,
    chapters: str | None,
    assignments: tuple[str, ...],
    effort: str | None,
    formats: str | None,
    workers: int | None,
    timeout: float | None,
    output: Path | None,
    notebooks: Path | None,
    resume: bool,
    wait: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make the report of each product line in FOLDER …; of the three samples when none is given.

    A chapter that fails does not stop the others. One run at a time works in a folder of reports. A run that is
    stopped keeps the chapters that ended well: the same command with --resume goes on.

    \b
    The exit code is
      0    when all went well
      1    when a chapter failed; everything else is published
      2    when the command is used wrongly
      3    when a line, a plan or a setting is wrong; nothing was started
      4    when another run works in the same folder; nothing was started
      5    when a report could not be written, say on a full disk; --resume goes on
      130  when it was interrupted, by Ctrl+C or SIGTERM; --resume goes on if a chapter had ended well

    A plan file holds lines and the settings above, its paths relative to itself; what the command line says counts
    more. A scheduler runs it like this, every first of the month at five:

    \b
      # plan.yaml
      lines:
        - lines/salon
        - {folder: lines/trackers, chapters: [1, 2, 6, 12], parameters: {segment_by: region}}
      parameters: {seed: 7}
      effort: full
      formats: [html, pdf, xlsx]
      output: reports
    \b
      # crontab
      0 5 1 * *  cd /srv/value && cvlab report --plan plan.yaml --resume --wait 3600 --quiet
    """
    if plan and folders:
        raise click.UsageError("give folders or --plan, not both: a plan names its lines itself")
    from cvlab.reports.kernels.quick_start import collect_afterwards
    from cvlab.reports.kernels.warm_kernels import start_server

    with start_server() as server:  # which imports while this process does, and checks the plan
        with collect_afterwards():
            from cvlab.reports.command import make_reports

        code = make_reports(
            folders,
            plan=plan,
            chapters=chapters,
            assignments=assignments,
            effort=effort,
            formats=formats,
            workers=workers,
            timeout_seconds=timeout,
            output=output,
            notebooks=notebooks,
            resume=resume,
            wait_seconds=wait,
            as_json=as_json,
            quiet=quiet,
            say=lambda text, error: click.echo(_make_printable(text), err=error),
            server=server,
        )
    ctx.exit(code)


@main.command()
@click.argument("line", default="")
@click.option("--output", type=FOLDER, default=Path("reports"), show_default=True, help="Folder of the reports.")
@click.option("--json", "as_json", is_flag=True, help="Print a list for a program to read.")
def runs(line: str, output: Path, as_json: bool) -> None:
    """List the reports of LINE, of every line when it is not given, the newest first."""
    from cvlab.reports.history.listing import describe_runs, write_runs
    from cvlab.reports.records.runs import list_runs

    found, broken = list_runs(output, line)
    click.echo(_write_json(describe_runs(found)) if as_json else _make_printable(write_runs(found, broken)))


@main.command()
@click.argument("old", metavar="RUN")
@click.argument("new", metavar="RUN")
@click.option("--output", type=FOLDER, default=Path("reports"), show_default=True, help="Folder of the reports.")
@click.option("--html", type=FOLDER, help="Where to write the page; beside the second run when not given.")
@click.option("--json", "as_json", is_flag=True, help="Print everything for a program to read; write no page.")
def compare(old: str, new: str, output: Path, html: Path | None, as_json: bool) -> None:
    """Compare the first RUN (then) with the second (now): what changed beyond noise, and does it matter?

    A RUN is the name of a report or the beginning of it, its folder, `latest` or `previous`; where there are several
    lines, LINE/RUN.
    """
    from cvlab.reports.comparison.comparison import compare_runs
    from cvlab.reports.comparison.comparison_words import list_records, write_comparison
    from cvlab.reports.history.comparison_page import write_comparison_page
    from cvlab.reports.history.index import write_index
    from cvlab.reports.records.runs import find_runs

    if html is not None and as_json:
        raise ParameterError("--html and --json are given together: choose one")
    then, now = find_runs(output, [old, new])
    comparison = compare_runs(then[1], now[1])
    if as_json:
        click.echo(_write_json(list_records(comparison, then[1], now[1])))
        return
    click.echo(_make_printable(write_comparison(comparison, then[1], now[1])))
    page = write_comparison_page(then, now, html)
    if output.is_dir():
        write_index(output)
    click.echo(_make_printable(f"\n{page}"))


@main.command()
@click.option("--notebooks", type=FOLDER, help="Folder of the notebooks; that of the checkout when not given.")
@click.pass_context
def lab(ctx: click.Context, notebooks: Path | None) -> None:
    """Open the notebooks in JupyterLab, ready to run."""
    import subprocess
    import sys

    from cvlab.reports import find_notebooks

    folder = find_notebooks(notebooks)
    ctx.exit(subprocess.call([sys.executable, "-m", "jupyterlab", "00_start_here.ipynb"], cwd=folder))


@main.command()
@click.option("--line", type=str, metavar="FOLDER", help="The product line; the page's own sample when not given.")
@click.option(
    "--page", default="value_ladder", show_default=True, help="Which workshop page, such as willingness_to_pay."
)
@click.option("--port", type=click.IntRange(0, 65535), help="Port on this machine; 0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Only serve the page.")
def workshop(line: str | None, page: str, port: int | None, no_browser: bool) -> None:
    """Serve a workshop page for a projector, on this machine only, until Ctrl+C."""
    from cvlab.explorers.common.workshop import PORT, run_workshop

    run_workshop(
        page,
        product_line=line,
        port=PORT if port is None else port,
        open_browser=not no_browser,
        announce=click.echo,
    )


def _write_json(value: Any) -> str:
    import json

    return json.dumps(value, allow_nan=False, indent=1)


def _find_checkout() -> Path:
    """The folder that holds pyproject.toml beside this package, else the one the command was given in."""
    parent = Path(__file__).resolve().parent.parent
    return parent if (parent / "pyproject.toml").is_file() else Path.cwd()


def _list_problems(folder: Path, problems: Iterable[Problem]) -> str:
    listed = list(problems)
    if not listed:
        return f"{folder}: no problems"
    counts = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity in ("error", "warning")
        if (count := sum(problem.severity == severity for problem in listed))
    ]
    places = [
        (problem.severity, problem.table or "–", problem.column or "–", _name_rows(problem.rows)) for problem in listed
    ]
    head = ("", "table", "column", "row")
    widths = [max(map(len, column)) for column in zip(head, *places, strict=True)]
    lines = [f"{folder}: {' and '.join(counts)}", "", _align(head, widths)]
    for place, problem in zip(places, listed, strict=True):
        lines += [_align(place, widths), f"    {problem.rule}", f"    → {problem.remedy}"]
    return "\n".join(lines)


def _align(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _name_rows(rows: tuple[int, ...], most: int = 5) -> str:
    named = ", ".join(f"{row}" for row in rows[:most])
    return f"{named} and {len(rows) - most:,} more" if len(rows) > most else named or "–"


def _make_printable(text: str) -> str:
    """Replace control characters, which names in a file could use to rewrite a terminal; line ends stay."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
