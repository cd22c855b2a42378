"""Pictures of bundles: what people would pay for both components, what they then buy, and what strategies earn."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from scipy.ndimage import distance_transform_edt
from scipy.stats import gaussian_kde

from cvlab.analyses.value_ladder import BundlePlan
from cvlab.figures.style import COLOURS, HATCHES, INK, new_axes, say_instead, shorten, write_ticks
from cvlab.units import label_unit, write_number, write_range

PICTURE_SIZE = (7.2, 5.2)
BUNDLE, NOBODY = "bundle", "none"
GRID = 240
LEVELS = 7
EDGES = (0.005, 0.995)  # quantiles of the amounts that the picture reaches
ROOM = 0.08
BAR = 0.6
NAMES = {"separate": "apart", "pure": "bundle only", "mixed": "both ways"}


def draw_bundles(plan: BundlePlan, *, ax: Axes | None = None) -> Axes:
    """Draw how dense people's amounts lie, and who buys what at the prices of the best strategy.

    People are shown as a smoothed density, so that nobody can be picked out. Lines part those who buy the bundle, one
    component or nothing; the shares are those of all people.
    """
    ax = new_axes(ax, size=PICTURE_SIZE)
    if plan.table["profit"].isna().all():
        return say_instead(ax, f"Not enough people for bundles: {write_number(plan.n, 'count')} asked.")
    if len(plan.costs) != 2:
        return say_instead(ax, "The picture shows two components; with more there is no plane to draw them in.")
    amounts = plan.people.worth
    low, high = np.quantile(amounts, EDGES, axis=1)
    room = ROOM * np.maximum(high - low, 1e-9 + 0.1 * np.abs(high))
    across, up = (np.linspace(max(0.0, low[i] - room[i]), high[i] + room[i], GRID) for i in (0, 1))
    _draw_density(ax, amounts, plan.people.person_weights, across, up)
    _draw_regions(ax, plan, across, up)
    names = list(plan.costs)
    if plan.price_now is not None:
        today = [plan.price_now[name] for name in names]
        ax.plot(*today, "X", color=INK, markersize=9, label="today's prices of the parts", clip_on=True)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8, frameon=False)
    ax.set_xlim(across[0], across[-1])
    ax.set_ylim(up[0], up[-1])
    ax.set_xlabel(label_unit(f"most a person would pay for {shorten(names[0])}", "money"))
    ax.set_ylabel(label_unit(f"most a person would pay for {shorten(names[1])}", "money"))
    write_ticks(ax.xaxis, "money")
    write_ticks(ax.yaxis, "money")
    return ax


def draw_bundle_profits(plan: BundlePlan, *, ax: Axes | None = None) -> Axes:
    """Draw what each strategy earns per person: the bar what to expect with its interval, the dot what was promised.

    The promise is the profit among the people asked at the prices best for them, which is partly luck.
    """
    ax = new_axes(ax)
    table = plan.table
    if table["profit"].isna().all():
        return say_instead(ax, f"Not enough people for bundles: {write_number(plan.n, 'count')} asked.")
    known = bool(table["expected"].notna().all())
    heights = table["expected" if known else "per_person"].to_numpy()
    places = np.arange(len(table))
    for place, height in zip(places, heights, strict=True):
        ax.bar(place, height, BAR, color=COLOURS[place], hatch=HATCHES[place], edgecolor="white", alpha=0.8)
    if known:
        bounds = table[["expected_low", "expected_high"]].to_numpy().T
        whiskers = np.maximum(np.vstack([heights - bounds[0], bounds[1] - heights]), 0)
        ax.errorbar(places, heights, yerr=whiskers, fmt="none", ecolor=INK, elinewidth=1.2, capsize=4)
        ax.plot(
            places + BAR / 4, table["per_person"], "o", markerfacecolor="white", markeredgecolor=INK,
            label="promised by the people asked",
        )  # fmt: skip
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8, frameon=False)
    labels = []
    for row, height in zip(table.to_dict("records"), heights, strict=True):
        lines = [NAMES[row["strategy"]], write_number(height, "money")]
        if known:
            lines.append(f"({write_range(row['expected_low'], row['expected_high'], 'money')})")
        lines += [
            f"{shorten(name, 20)} {write_number(row[name], 'money')}"
            for name in (*plan.costs, BUNDLE)
            if np.isfinite(row[name])
        ]
        labels.append("\n".join(line.replace(r"\$", "$").replace("$", r"\$") for line in lines))
    ax.set_xticks(places, labels)
    ax.grid(False, axis="x")
    ax.set_ylabel(label_unit("profit per person in the market", "money"))
    write_ticks(ax.yaxis, "money")
    ax.set_ylim(min(0.0, float(np.nanmin(table[["expected_low", "per_person"]]))), None)
    return ax


def _draw_density(ax: Axes, amounts: np.ndarray, weights: np.ndarray, across: np.ndarray, up: np.ndarray) -> None:
    """Draw the smoothed density of people; amounts that lie on one line have none."""
    if np.linalg.matrix_rank(np.cov(amounts)) < 2:
        return
    density = gaussian_kde(amounts, weights=weights)
    coarse = slice(None, None, 4)
    x, y = np.meshgrid(across[coarse], up[coarse])
    heights = density(np.vstack([x.ravel(), y.ravel()])).reshape(x.shape)
    levels = np.linspace(0, heights.max(), LEVELS + 1)[1:]
    ax.contourf(x, y, heights, levels=levels, cmap="Blues", alpha=0.75, extend="max")


def _draw_regions(ax: Axes, plan: BundlePlan, across: np.ndarray, up: np.ndarray) -> None:
    """Draw the borders between those who buy different things, and name what they buy."""
    names = list(plan.costs)
    prices = [plan.prices.get(name, np.inf) for name in (*names, BUNDLE)]
    x, y = np.meshgrid(across, up)
    first, second = np.maximum(x - prices[0], 0), np.maximum(y - prices[1], 0)
    bundle = x + y - prices[2]
    bundled = (bundle >= first + second) & (bundle >= 0)
    bought = np.where(bundled, 4, 1 * (x >= prices[0]) + 2 * (y >= prices[1]))
    shares = plan.shares[plan.shares["strategy"] == plan.best].set_index("offer")["share"]
    words = {0: "buy nothing", 1: f"{shorten(names[0], 20)} alone", 2: f"{shorten(names[1], 20)} alone",
             3: "both, apart", 4: "bundle"}  # fmt: skip
    offers = {0: NOBODY, 1: names[0], 2: names[1], 4: BUNDLE}
    for code in np.unique(bought):
        inside = bought == code
        if not inside.all():
            ax.contour(x, y, inside.astype(float), levels=[0.5], colors=INK, linewidths=1.4)
        text = "\n".join(textwrap.wrap(words[code], 16))
        offer = offers.get(code)
        # Sold apart, the share of a component counts those who buy both.
        if offer in shares.index and (code in (0, 4) or plan.best != "separate"):
            text += f"\n{write_number(shares[offer], 'share')}"
        row, column = _find_middle(inside)
        ax.text(
            across[column], up[row], text, ha="center", va="center", fontsize=9, color=INK, fontweight="bold",
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip


def _find_middle(inside: np.ndarray) -> tuple[int, int]:
    """Return the place farthest from the border of a region, where its name has most room."""
    padded = np.pad(inside, 1)
    distance = distance_transform_edt(padded)[1:-1, 1:-1]
    row, column = np.unravel_index(int(distance.argmax()), inside.shape)
    return int(row), int(column)
