"""Commands about what comes out: cvlab report · runs · compare."""

from __future__ import annotations

from pathlib import Path

import click

from cvlab.commands.words import FOLDER, SECONDS, make_printable, write_json
from cvlab.errors import ParameterError


@click.command()
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
            say=lambda text, error: click.echo(make_printable(text), err=error),
            server=server,
        )
    ctx.exit(code)


@click.command()
@click.argument("line", default="")
@click.option("--output", type=FOLDER, default=Path("reports"), show_default=True, help="Folder of the reports.")
@click.option("--json", "as_json", is_flag=True, help="Print a list for a program to read.")
def runs(line: str, output: Path, as_json: bool) -> None:
    """List the reports of LINE, of every line when it is not given, the newest first."""
    from cvlab.reports.history.listing import describe_runs, write_runs
    from cvlab.reports.records.runs import list_runs

    found, broken = list_runs(output, line)
    click.echo(write_json(describe_runs(found)) if as_json else make_printable(write_runs(found, broken)))


@click.command()
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
        click.echo(write_json(list_records(comparison, then[1], now[1])))
        return
    click.echo(make_printable(write_comparison(comparison, then[1], now[1])))
    page = write_comparison_page(then, now, html)
    if output.is_dir():
        write_index(output)
    click.echo(make_printable(f"\n{page}"))
