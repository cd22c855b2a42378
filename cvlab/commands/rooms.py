"""Commands about the rooms to sit in: cvlab lab for an analyst, cvlab workshop for a facilitator."""

from __future__ import annotations

from pathlib import Path

import click

from cvlab.commands.words import FOLDER


@click.command()
@click.option("--notebooks", type=FOLDER, help="Folder of the notebooks; that of the checkout when not given.")
@click.pass_context
def lab(ctx: click.Context, notebooks: Path | None) -> None:
    """Open the notebooks in JupyterLab, ready to run."""
    import subprocess
    import sys

    from cvlab.reports import find_notebooks

    folder = find_notebooks(notebooks)
    ctx.exit(subprocess.call([sys.executable, "-m", "jupyterlab", "00_start_here.ipynb"], cwd=folder))


@click.command()
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
