"""The command about exports: cvlab import, which first proposes a mapping and then makes tables."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cvlab.commands.problems import list_problems
from cvlab.commands.words import FOLDER, make_printable
from cvlab.errors import DataError

if TYPE_CHECKING:
    from cvlab.tables.importing.detection import Told

# What only a person can say of a file that does not say it itself.
_FORMS = ("encoding", "delimiter", "skip", "header")


@click.command("import")
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

        mark = "\t" if delimiter in ("tab", "\\t") else delimiter
        told = Told(encoding=encoding, delimiter=mark, skip=skip, header=header)
        _draft(files, target, sheet=sheet, told=told, force=force, again=again)
    elif not _import(files, target, into=into, sheet=sheet, overwrite=overwrite, again=again):
        ctx.exit(1)


def _draft(files: Sequence[Path], target: Path, *, sheet: str | None, told: Told, force: bool, again: str) -> None:
    """Propose a mapping, save it and say what it is and what to do next."""
    from cvlab.tables.importing.drafting import draft_files, save_draft
    from cvlab.tables.importing.telling import tell_draft

    try:
        proposed = draft_files(files, sheet=sheet, told=told)
    except DataError as error:
        if not any(f"`{key}:" in str(error) for key in _FORMS):
            raise
        raise click.ClickException(make_printable(f"{error}\n{_say_options(files)}")) from error
    save_draft(proposed.mapping, target, force=force)
    step = "Answer the questions in it" if proposed.questions else "Look at it"
    lines = [*tell_draft(proposed), "", f"The mapping is in {target}. {step}, then run:", f"  {again}"]
    click.echo(make_printable("\n".join(lines)))


def _say_options(files: Sequence[Path]) -> str:
    """Say by which options a person tells how files are written; there is no mapping yet in which it could stand."""
    if all(file.suffix.lower() in (".xlsx", ".xlsm", ".xls") for file in files):
        return "Say `sheet:`, `skip:` and `header:` as options of this command: --sheet NAME --skip 2"
    return "Say `encoding:`, `delimiter:`, `skip:` and `header:` as options of this command: --encoding cp1252"


def _import(files: Sequence[Path], target: Path, *, into: Path, sheet: str | None, overwrite: bool, again: str) -> bool:
    """Make the tables by the saved mapping and say what happened; False if something must be corrected."""
    from cvlab.tables.importing.drafting import read_saved_map
    from cvlab.tables.importing.importing import import_tables
    from cvlab.tables.importing.telling import tell_next, tell_report

    mapping = read_saved_map(target, sheet=sheet, draft=f"{again} --draft")
    try:
        report = import_tables(files, into=into, mapping=mapping, overwrite=overwrite)
    except DataError as error:
        # Whoever reads the message should know which file to open.
        said = str(error).replace("error: the mapping: ", f"error: the mapping {target}: ")
        raise click.ClickException(make_printable(said)) from error
    lines = [*tell_report(report), "", list_problems(into, report.problems), "", *tell_next(report)]
    click.echo(make_printable("\n".join(lines)))
    return not any(problem.severity == "error" for problem in report.problems)
