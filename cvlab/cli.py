"""The command line: cvlab check · new · import · sample · report · runs · compare · lab · workshop.

Each command is thin: it calls what the notebooks call, prints, and sets the exit code. What is heavy is loaded inside
the command that needs it, so that `cvlab --help` answers at once. Here stand the commands about one folder; imports,
reports and the rooms to sit in have theirs in `cvlab.commands`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cvlab.commands.imports import import_
from cvlab.commands.problems import list_problems
from cvlab.commands.reports import compare, report, runs
from cvlab.commands.rooms import lab, workshop
from cvlab.commands.words import FOLDER, make_printable
from cvlab.errors import DataError, MissingExtraError, ParameterError

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
    click.echo(make_printable(list_problems(folder, problems)))
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


@main.command()
@click.option("--output", type=FOLDER, help="Where to write; data/sample of the checkout when not given.")
def sample(output: Path | None) -> None:
    """Write the three sample product lines."""
    from cvlab.tables.synthetic import write_samples

    for path in write_samples(output or _find_checkout() / "data" / "sample"):
        click.echo(make_printable(str(path)))


for command in (import_, report, runs, compare, lab, workshop):
    main.add_command(command)


def _find_checkout() -> Path:
    """The folder that holds pyproject.toml beside this package, else the one the command was given in."""
    parent = Path(__file__).resolve().parent.parent
    return parent if (parent / "pyproject.toml").is_file() else Path.cwd()
