"""Pictures of choosing: worth of attributes, shares of offers."""

from __future__ import annotations

from matplotlib.axes import Axes

from cvlab.analyses.willingness_to_pay import ChoiceShares, WillingnessToPay
from cvlab.figures.style import COLOURS, DEFAULT_SIZE, HATCHES, INK, QUIET, new_axes, say_instead, shorten, write_ticks
from cvlab.figures.willingness_to_pay.attributes import scale_steps
from cvlab.units import label_unit, write_number


def draw_willingness_to_pay(result: WillingnessToPay, *, ax: Axes | None = None) -> Axes:
    """Draw what each attribute is worth, largest on top, with its interval; the outside option is left out.

    A numeric attribute is drawn as the whole step that was shown.
    """
    table = scale_steps(result.table, result.roles, result.spans, ["estimate", "low", "high"])
    table = table[table["role"] != "outside"].sort_values("estimate", ignore_index=True)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.4 + 0.5 * max(len(table), 2)))
    if not result.enough:
        return say_instead(ax, str(result.headline))
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=QUIET, linewidth=1)
    if not table["estimate"].notna().any():
        ax.text(
            0.5,
            0.5,
            "undefined: a higher price did not make\nan offer less likely to be chosen",
            ha="center",
            va="center",
            transform=ax.transAxes,
            color=INK,
        )
        ax.set_xticks([])
    for alternatives, marker, colour in ((False, "o", COLOURS[0]), (True, "s", COLOURS[5])):
        rows = table[(table["role"] == "alternative") == alternatives]
        ax.hlines(rows.index, rows["low"], rows["high"], color=colour, linewidth=1.8)
        ax.plot(rows["estimate"], rows.index, marker=marker, color=colour, linestyle="none", markersize=6)
        for position, row in rows.dropna(subset="estimate").iterrows():
            ax.annotate(
                write_number(row["estimate"], "money").replace("$", r"\$"),
                (row["estimate"], position),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8,
                color=INK,
                bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
            )
    ax.set_yticks(range(len(table)), table["attribute"])
    ax.set_ylim(-0.6, len(table) - 0.2)
    write_ticks(ax.xaxis, "money")
    ax.set_xlabel(label_unit("willingness to pay", "money"))
    return ax


def draw_shares(result: ChoiceShares, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each offer as a bar with its interval, in the order of the offers."""
    table = result.table.iloc[::-1].reset_index(drop=True)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.3 + 0.5 * max(len(table), 2)))
    if not result.headline.answered:
        return say_instead(ax, str(result.headline))
    ax.grid(visible=False, axis="y")
    bars = ax.barh(table.index, table["share"], color=COLOURS[4], edgecolor=INK, linewidth=0.6, height=0.6)
    for bar, name in zip(bars, table["alternative"], strict=True):
        if name == result.outside:
            bar.set(facecolor="white", hatch=HATCHES[1])
    ax.hlines(table.index, table["low"], table["high"], color=INK, linewidth=1.8)
    for position, row in table.iterrows():
        ax.annotate(
            write_number(row["share"], "share"),
            (row["high"], position),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK,
        )
    ax.set_yticks(table.index, [shorten(name) for name in table["alternative"]])
    ax.set_xlim(0, min(1.0, 1.2 * table["high"].max()) if table["high"].max() < 0.9 else 1.12)
    write_ticks(ax.xaxis, "share")
    ax.set_xlabel("share of choices")
    return ax
