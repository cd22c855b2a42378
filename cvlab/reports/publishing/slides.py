"""The slides: a report told in a meeting, one slide per chapter.

Title, what to do, then for each chapter one sentence, one picture and what is to be decided; at the end the questions
that stayed open. The sentence is that of the headline that decides (`deciding` of the chapter), else its sharpest
answer in money; the picture is the one that was drawn after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvlab.reports.collecting.chapter_run import ChapterRun
from cvlab.reports.collecting.pictures import Picture
from cvlab.reports.plans.chapters import SUMMARY
from cvlab.reports.publishing.archives import keep_writable
from cvlab.reports.publishing.slide_deck import MARGIN, QUIET, WIDTH, Deck
from cvlab.reports.publishing.slide_shapes import (
    Box,
    Grid,
    Look,
    count_columns,
    count_rows,
    draw_bar,
    place_grid,
    place_png,
    share_widths,
    write_box,
    write_title,
)
from cvlab.reports.records.manifest import LIGHT_KEY
from cvlab.reports.records.ranking import find_first_action, is_answer, pick_top
from cvlab.units import NumberFormat, label_unit, write_number

if TYPE_CHECKING:
    from pptx.slide import Slide

    from cvlab.reports.publishing.brand import PageBrand

EFFORTS = {"quick": "quick look", "full": "full effort"}
LIGHTS = {"green": "#c6e7d8", "amber": "#fbe3b5", "red": "#f6cdb9"}
_MOST_COLUMNS, _MOST_ROWS, _MOST_NOTES = 7, 8, 3
_TABLE_SIZES = (14, 13, 12, 11)
_ACTION_COLUMNS = ("rank", "do", "low", "likely", "high", "chance_of_loss", "test")


def write_slides(path: Path, manifest: Mapping[str, Any], runs: Sequence[ChapterRun], brand: PageBrand) -> None:
    """Write the slides of one line's report.

    Parameters
    ----------
    path : the file; it is replaced where it exists.
    manifest : of the report, as `build_manifest` returns it.
    runs : its chapters.
    brand : the line's colours, logo and footer.
    """
    deck = Deck(manifest, brand)
    _add_title(deck)
    done = sorted((run for run in runs if run.status == "done"), key=lambda run: run.chapter.number)
    for run in done:
        if run.chapter.number == SUMMARY:
            _add_summary(deck, run)
    for run in done:
        if run.chapter.number != SUMMARY:
            _add_chapter(deck, run)
    if unanswered := [run for run in runs if run.status != "done"]:
        _add_unanswered(deck, sorted(unanswered, key=lambda run: run.chapter.number))
    deck.save(path)


def _add_title(deck: Deck) -> None:
    manifest, brand, line = deck.manifest, deck.brand, deck.manifest["line"]
    slide = deck.add_slide()
    look = Look(sizes=(44, 40, 36, 32, 28, 24), colour=brand.on_primary, bold=True, fill=brand.primary,
                anchor="bottom", inset=MARGIN)  # fmt: skip
    write_title(slide, line["name"], Box(left=0, top=0, width=WIDTH, height=3.2), look)
    draw_bar(slide, Box(left=0, top=3.2, width=WIDTH, height=0.08), brand.secondary)
    started = datetime.fromisoformat(manifest["started"]).strftime("%d %B %Y").lstrip("0")
    customers = write_number(line["customers"], "count", number_format=deck.number_format)
    facts = [
        line["period"],
        f"{customers} customer{'' if line['customers'] == 1 else 's'}",
        EFFORTS.get(manifest["effort"], manifest["effort"]),
        f"made on {started}",
    ]
    write_box(slide, " · ".join(filter(None, facts)), Box(left=MARGIN, top=3.6, width=12.1, height=0.5),
              Look(sizes=(20, 18, 16, 14)))  # fmt: skip
    light = manifest["light"]
    said = f"Data light: {light}" if light else "Data light: not known, chapter 1 did not run"
    look = Look(sizes=(16, 14, 12), bold=True, fill=LIGHTS.get(light, "#e6e6e6"), anchor="middle", inset=0.1)
    write_box(slide, said, Box(left=MARGIN, top=4.35, width=2.9 if light else 5.2, height=0.5), look)
    reason = next((record["text"] for record in manifest["headlines"] if record["key"] == LIGHT_KEY), "")
    write_box(slide, reason, Box(left=MARGIN, top=5.0, width=9.6, height=1.5), Look(sizes=(16, 14, 13, 12)))
    deck.place_logo(slide, Box(left=WIDTH - MARGIN - 2.2, top=5.4, width=2.2, height=1.2))


def _add_summary(deck: Deck, run: ChapterRun) -> None:
    """Tell what to do: the actions as a table where there are any, else the first table of the summary."""
    table = next((table for table in run.tables if table["rows"] == "action"), next(iter(run.tables), None))
    first = find_first_action(run.headlines)
    said = [first["text"]] if first else [table["text"]] if table is not None else []
    said += [record["text"] for record in run.headlines]
    slide = deck.add_page(run.chapter.title, next(filter(None, said), run.chapter.question))
    if table is None:
        picture = next(iter(run.pictures), None)
        _place_main_picture(slide, picture, Box(left=MARGIN, top=2.15, width=12.1, height=4.7))
        return
    columns = _ACTION_COLUMNS if table["rows"] == "action" else ()
    box = Box(left=MARGIN, top=2.15, width=WIDTH - 2 * MARGIN, height=3.7)
    most = len(_make_grid(table, deck.number_format, box.width, _TABLE_SIZES[-1], columns).head)
    for size in _TABLE_SIZES:
        grid = _make_grid(table, deck.number_format, box.width, size, columns)
        if len(grid.head) == most and count_rows(grid, box.height, size=size) == len(grid.rows):
            break
    shown = place_grid(slide, grid, box, fill=deck.brand.primary, ink=deck.brand.on_primary, size=size)
    rest = len(table["data"]) - shown
    notes = list(table["notes"] or run.notes)[:_MOST_NOTES]
    if rest > 0:
        notes.insert(0, f"{rest} more row{'' if rest == 1 else 's'} in the report.")
    write_box(slide, "\n".join(notes), Box(left=MARGIN, top=6.0, width=WIDTH - 2 * MARGIN, height=0.9),
              Look(sizes=(12, 11, 10, 9), colour=QUIET))  # fmt: skip


def _add_chapter(deck: Deck, run: ChapterRun) -> None:
    top = find_top(run)
    title = top["text"] if top else "The chapter ran, but gave no number."
    slide = deck.add_page(f"{run.chapter.number} · {run.chapter.title}", title)
    picture = find_picture(run, top)
    # A picture that is higher than wide leaves room; the texts beside it always have theirs.
    _place_main_picture(slide, picture, Box(left=MARGIN, top=2.15, width=7.9, height=4.7))
    left = 8.8 if picture else MARGIN
    width = WIDTH - MARGIN - left
    head = Look(sizes=(12,), colour=deck.brand.secondary_ink, bold=True)
    write_box(slide, "The question", Box(left=left, top=2.2, width=width, height=0.26), head)
    write_box(slide, run.chapter.question, Box(left=left, top=2.48, width=width, height=0.75),
              Look(sizes=(16, 15, 14, 13, 12)))  # fmt: skip
    if run.chapter.decision:
        write_box(slide, "To decide", Box(left=left, top=3.35, width=width, height=0.26), head)
        write_box(slide, run.chapter.decision, Box(left=left, top=3.63, width=width, height=0.95),
                  Look(sizes=(16, 15, 14, 13, 12), bold=True))  # fmt: skip
    if notes := _list_notes(run, top):
        write_box(slide, "To keep in mind", Box(left=left, top=4.7, width=width, height=0.26), head)
        write_box(slide, "\n".join(f"• {note}" for note in notes), Box(left=left, top=4.98, width=width, height=1.87),
                  Look(sizes=(13, 12, 11, 10, 9)))  # fmt: skip


def _add_unanswered(deck: Deck, runs: Sequence[ChapterRun]) -> None:
    slide = deck.add_page("Open questions", "What this report does not answer, and why")
    rows = tuple(
        (str(run.chapter.number), keep_writable(run.chapter.question), keep_writable(run.reason)) for run in runs
    )
    head, width = ("chapter", "question", "why"), WIDTH - 2 * MARGIN
    widths = (0.95, 4.4, width - 5.35)
    box = Box(left=MARGIN, top=2.15, width=width, height=4.3)
    grid = Grid(head=head, rows=rows, widths=widths, is_number=(True, False, False))
    for size in (13, 12, 11, 10, 9):
        if count_rows(grid, box.height, size=size) == len(rows):
            break
    shown = place_grid(slide, grid, box, fill=deck.brand.primary, ink=deck.brand.on_primary, size=size)
    if shown < len(rows):
        write_box(slide, f"and {len(rows) - shown} more", Box(left=MARGIN, top=6.5, width=width, height=0.3), Look())


def find_top(run: ChapterRun) -> Mapping[str, Any] | None:
    """Return the headline that stands for a chapter: the light, what decides, its sharpest answer, or the first."""
    lights = [record for record in run.headlines if record["key"] == LIGHT_KEY]
    answer = pick_top(filter(is_answer, run.headlines), deciding=run.chapter.deciding) or pick_top(run.headlines)
    return next(iter(lights), answer or next(iter(run.headlines), None))


def find_picture(run: ChapterRun, top: Mapping[str, Any] | None) -> Picture | None:
    """Return the picture that was drawn after a headline was presented, else the chapter's first."""
    drawn = [picture for picture in run.pictures if picture.png is not None]
    after = [picture for picture in drawn if top is not None and picture.key == top["key"]]
    return next(iter(after or drawn), None)


def _place_main_picture(slide: Slide, picture: Picture | None, box: Box) -> None:
    if picture is not None and picture.png is not None:
        place_png(slide, picture.png, picture.alt, box)


def _list_notes(run: ChapterRun, top: Mapping[str, Any] | None) -> list[str]:
    """Return the first caveats beside the sentence of the slide; the chapter's where it has none of its own."""
    beside = [note for table in run.tables if top is not None and table["key"] == top["key"] for note in table["notes"]]
    return list(dict.fromkeys(beside or run.notes))[:_MOST_NOTES]


def _make_grid(
    table: Mapping[str, Any], number_format: NumberFormat, width: float, size: float, wanted: Sequence[str]
) -> Grid:
    """Return the first rows of a table as texts: the wanted columns, or else those that fit and are not empty."""
    rows = table["data"][:_MOST_ROWS]
    names = [column["name"] for column in table["columns"]]
    places = [names.index(name) for name in wanted if name in names] or range(len(names))
    filled = [place for place in places if any(row[place] not in (None, "") for row in rows)]
    columns = [(table["columns"][place], [row[place] for row in rows]) for place in filled[:_MOST_COLUMNS]]
    head = [
        keep_writable(label_unit(column["name"].replace("_", " "), column["kind"], number_format=number_format))
        for column, _ in columns
    ]
    written = [
        [keep_writable(_write_cell(value, column["kind"], number_format)) for value in values]
        for column, values in columns
    ]
    texts = [[name, *column] for name, column in zip(head, written, strict=True)]
    most = max(1, count_columns(texts, width, size=size))
    return Grid(
        head=tuple(head[:most]),
        rows=tuple(zip(*written[:most], strict=True)),
        widths=share_widths(texts[:most], width, size=size),
        is_number=tuple(column["kind"] not in ("text", "date", "truth") for column, _ in columns[:most]),
    )


def _write_cell(value: object, kind: str, number_format: NumberFormat) -> str:
    if isinstance(value, str) and kind not in ("text", "date", "truth"):
        return value
    return write_number(value, kind, number_format=number_format)  # type: ignore[arg-type]
