"""The command line: cvlab check · new · import · sample · report · runs · compare · lab · workshop.

Each command is thin: it calls what the notebooks call, prints, and sets the exit code. What is heavy is loaded inside
the command that needs it, so that `cvlab --help` answers at once. Here stand the commands about what comes in; those
about what comes out, and about the rooms to sit in, are in `cvlab.commands`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cvlab.commands.reports import compare, report, runs
from cvlab.commands.rooms import lab, workshop
from cvlab.commands.words import FOLDER, make_printable
from cvlab.errors import DataError, MissingExtraError, ParameterError

if TYPE_CHECKING:
    from cvlab.errors import Problem

PURPOSES = ("pricing", "segments", "retention", "all")


class PlainErrors(click.Group):
    """Says what went wrong with the input in one message without a traceback; exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DataError, ParameterError, MissingExtraError) as error:
            raise click.ClickException(make_printable(str(error))) from error


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
    click.echo(make_printable(_list_problems(folder, problems)))
    if any(problem.severity == "error" for problem in problems):
        ctx.exit(1)


@main.command()
@click.argument("folder", type=FOLDER)
@click.option("--for", "purpose", type=click.Choice(PURPOSES), default="all", help="What the line is for.")
def new(folder: Path, purpose: str) -> None:
    """Start a product line in FOLDER: a commented product_line.yaml and a header line per table."""
    from cvlab.tables.starter import start_product_line

    for path in start_product_line(folder, purpose=purpose):
        click.echo(make_printable(str(path)))
    click.echo(make_printable(f"Fill the tables, delete those you do not have, then run: cvlab check {folder}"))


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
                raise click.ClickException(make_printable(f"{error}\n{how}")) from error
            how = "Say `encoding:`, `delimiter:`, `skip:` and `header:` as options of this command: --encoding cp1252"
            raise click.ClickException(make_printable(f"{error}\n{how}")) from error
        save_draft(proposed.mapping, target, force=force)
        step = "Answer the questions in it" if proposed.questions else "Look at it"
        lines = [*tell_draft(proposed), "", f"The mapping is in {target}. {step}, then run:", f"  {again}"]
        click.echo(make_printable("\n".join(lines)))
        return
    from cvlab.tables.importing.drafting import read_saved_map

    mapping = read_saved_map(target, sheet=sheet, draft=f"{again} --draft")
    try:
        report = import_tables(files, into=into, mapping=mapping, overwrite=overwrite)
    except DataError as error:
        # Whoever reads the message should know which file to open.
        said = str(error).replace("error: the mapping: ", f"error: the mapping {target}: ")
        raise click.ClickException(make_printable(said)) from error
    wrong = any(problem.severity == "error" for problem in report.problems)
    lines = [*tell_report(report), "", _list_problems(into, report.problems), "", *tell_next(report)]
    click.echo(make_printable("\n".join(lines)))
    if wrong:
        ctx.exit(1)


@main.command()
@click.option("--output", type=FOLDER, help="Where to write; data/sample of the checkout when not given.")
def sample(output: Path | None) -> None:
    """Write the three sample product lines."""
    from cvlab.tables.synthetic import write_samples

    for path in write_samples(output or _find_checkout() / "data" / "sample"):
        click.echo(make_printable(str(path)))


for command in (report, runs, compare, lab, workshop):
    main.add_command(command)


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
