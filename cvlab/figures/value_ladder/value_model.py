"""The picture of the value model: where we are ahead of the best rival, for whom, and how sure that is."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from cvlab.analyses.value_ladder import ValueModel
from cvlab.figures.style import BAD, GOOD, INK, QUIET, WATCH, new_axes, say_instead, shorten
from cvlab.units import write_number, write_range

CELL_WIDTH, CELL_HEIGHT = 1.9, 1.0  # inches
NAME_WIDTH, RIVAL_WIDTH = 20, 22
MARKS = {"ahead": ("▲", GOOD), "level": ("=", QUIET), "behind": ("▼", BAD), "cannot tell": ("?", WATCH)}
SHADE = 0.25


def draw_propositions(model: ValueModel, *, ax: Axes | None = None) -> Axes:
    """Draw the matrix of propositions and groups: our lead over the best rival, our rank, and the decision.

    Colour and mark say where we stand; below the lead and its interval stand the best rival, our rank among all offers
    with the ranks that it may be, P(first), and the decision.
    """
    table = model.table
    names, groups = (list(dict.fromkeys(table[column])) for column in ("proposition", "group"))
    ax = new_axes(ax, size=(2.2 + CELL_WIDTH * max(2, len(groups)), 1.2 + CELL_HEIGHT * len(names)))
    if table["lead"].isna().all():
        return say_instead(ax, str(model.headline))
    for row in table.to_dict("records"):
        _draw_cell(ax, (groups.index(row["group"]), names.index(row["proposition"])), row)
    missing = {(name, group) for name in names for group in groups}
    missing -= set(zip(table["proposition"], table["group"], strict=True))
    for name, group in missing:
        ax.text(groups.index(group), names.index(name), "not proposed", ha="center", va="center", fontsize=8,
                color=QUIET)  # fmt: skip
    ax.set_xticks(range(len(groups)), [_wrap(group) for group in groups])
    ax.set_yticks(range(len(names)), [_wrap(name) for name in names])
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    handles = [
        Patch(facecolor=colour, alpha=SHADE, edgecolor=colour, label=f"{mark} {word}")
        for word, (mark, colour) in MARKS.items()
    ]
    low, high = model.scale
    ends = f"{write_number(low, 'number')} to {write_number(high, 'number')}"
    ax.legend(
        handles=handles, title=f"lead over the best rival (points, scores run from {ends})", title_fontsize=8.5,
        loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=len(MARKS), fontsize=8.5, frameon=False,
    )  # fmt: skip
    return ax


def _draw_cell(ax: Axes, place: tuple[int, int], row: dict[str, Any]) -> None:
    column, line = place
    mark, colour = MARKS[row["standing"]]
    corner = (column - 0.48, line - 0.46)
    ax.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=colour, alpha=SHADE, edgecolor=colour))
    if not np.isfinite(row["lead"]):
        ax.text(column, line, "not enough people", ha="center", va="center", fontsize=8, color=INK)
        return
    sign = "+" if row["lead"] > 0 else ""
    bounds = write_range(row["lead_low"], row["lead_high"], "number")
    ax.text(column, line - 0.28, f"{mark} {sign}{write_number(row['lead'], 'number')}", ha="center", va="center",
            fontsize=10, fontweight="bold", color=INK)  # fmt: skip
    lines = [
        f"({bounds})",
        f"against {shorten(str(row['rival']), RIVAL_WIDTH)}",
        f"rank {_write_ranks(row)} of {row['rivals'] + 1}, first {_write_first(row['first'])}",
        str(row["decision"]) if row["decision"] != "cannot tell" else "no decision yet",
    ]
    ax.text(column, line + 0.14, "\n".join(lines), ha="center", va="center", fontsize=7.5, color=INK, linespacing=1.3)


def _write_first(probability: float) -> str:
    written = write_number(probability, "share", decimals=0)
    return {"100%": ">99%", "0%": "<1%"}.get(written, written)


def _write_ranks(row: dict[str, Any]) -> str:
    rank, low, high = (int(row[name]) for name in ("rank", "rank_low", "rank_high"))
    return str(rank) if low == high == rank else f"{rank} ({low}–{high})"


def _wrap(text: str) -> str:
    return "\n".join(textwrap.wrap(shorten(text, 3 * NAME_WIDTH), NAME_WIDTH)) or text
