"""Pictures of individuals: how far people are apart in what they would pay, in all and by group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy import stats

from cvlab.analyses.common import Partition
from cvlab.analyses.willingness_to_pay import IndividualChoiceModel, WillingnessToPay
from cvlab.analyses.willingness_to_pay.groups import assign_people
from cvlab.errors import ParameterError
from cvlab.figures.style import COLOURS, DEFAULT_SIZE, INK, QUIET, new_axes, say_instead, shorten, write_ticks
from cvlab.figures.willingness_to_pay.attributes import label_attribute
from cvlab.units import agree_decimals, label_unit, write_number

EVERYBODY = "everybody"
_HEIGHT = 0.7  # of the highest density, where rows are 1 apart
_POINTS = 256
_OUTER = 0.01  # share of draws at either end that is not shown
_MOST_DRAWS = 20_000  # more make no smoother a curve
_MIDDLE = (0.25, 0.75)


def draw_individual_worth(
    model: IndividualChoiceModel,
    *,
    attribute: str | None = None,
    by: Partition | None = None,
    allow_sensitive: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many would pay how much for one attribute: the draws of all people, nobody's own.

    A curve per group with its middle half, and the group's mean (median, in the space "preference") with its interval
    on the line. Groups below `smallest_group` are merged before.

    Parameters
    ----------
    attribute : a column of the model, such as "gps" or "screen: oled"; where it is not given, the one whose whole step,
        as shown in the tasks, is worth most.
    by : groups to draw; the model's own where it has some, else everybody.
    allow_sensitive : accept groups made from sensitive characteristics.

    Raises
    ------
    ParameterError : no such attribute, or the groups are sensitive.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from cvlab.analyses.willingness_to_pay import estimate_individual_choice
    >>> random = np.random.default_rng(0)
    >>> price, gps = random.choice([4.0, 8, 12], (30, 8, 2)), np.tile([0, 1], (30, 8, 1))
    >>> picked = (6 * gps - price + 2 * random.gumbel(size=gps.shape)).argmax(axis=2)
    >>> person, task, offer = (part.ravel() for part in np.indices(gps.shape))
    >>> tasks = pd.DataFrame({"respondent_id": person, "task": task, "alternative": offer, "gps": gps.ravel(),
    ...                       "price": price.ravel(), "chosen": (picked[person, task] == offer) * 1})
    >>> model = estimate_individual_choice(tasks, attributes=["gps"], price="price", n_draws=100, time_limit=1)
    >>> draw_individual_worth(model).get_xlabel()
    'willingness to pay for gps (EUR)'
    >>> plt.close("all")
    """
    worth = model.willingness_to_pay()
    if not model.enough or model.undefined or not len(worth.table):
        return say_instead(new_axes(ax), str(worth.headline))
    position = _find_attribute(worth, attribute)
    low, high = worth.spans[position]
    groups = _collect(model, by, allow_sensitive)
    amounts = model.posterior.worth()[:, :, position] * (high - low)
    ax = new_axes(ax, size=(DEFAULT_SIZE[0], 1.6 + 0.75 * max(len(groups), 2)))
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=QUIET, linewidth=1)
    summaries = [
        model.posterior.take(people).average(amounts[:, people, None], seed=model.seed, of=model.typical)
        for _, people in groups
    ]
    decimals = agree_decimals([float(middle[0]) for middle, _ in summaries], "money")
    ends = np.quantile(amounts, [_OUTER, 1 - _OUTER])
    for row, ((_, people), (middle, draws)) in enumerate(zip(groups, summaries, strict=True)):
        weights = np.tile(model.posterior.weights[people], len(amounts))
        tail = (1 - model.level) / 2
        interval = np.quantile(draws[:, 0], [tail, 1 - tail])
        _draw_row(ax, len(groups) - 1 - row, amounts[:, people].ravel(), weights, ends)
        _draw_middle(ax, len(groups) - 1 - row, float(middle[0]), interval, decimals)
    labels = [f"{shorten(name, 24)}\n{write_number(len(people), 'count')} people" for name, people in groups]
    ax.set_yticks(range(len(groups)), labels[::-1])
    ax.set_ylim(-0.3, len(groups) - 1 + _HEIGHT + 0.25)
    ax.set_xlim(min(ends[0], 0.0), max(ends[1], 0.0))
    write_ticks(ax.xaxis, "money")
    wanted = label_attribute(worth.table["attribute"].iloc[position], worth.roles[position], worth.spans[position])
    ax.set_xlabel(label_unit(f"willingness to pay for {wanted}", "money"))
    ax.legend(
        handles=[
            Patch(facecolor=COLOURS[4], alpha=0.45, label="people who would pay"),
            Patch(facecolor=COLOURS[0], alpha=0.75, label="their middle half"),
            Line2D(
                [], [], color=INK, marker="o", markersize=5, label=f"{model.typical}, {100 * model.level:.6g}% interval"
            ),
        ],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        frameon=False,
        fontsize=8,
        borderaxespad=0.2,
    )
    return ax


def _find_attribute(worth: WillingnessToPay, attribute: str | None) -> int:
    names = list(worth.table["attribute"])
    if attribute is not None:
        if attribute not in names:
            raise ParameterError(f"attribute is {attribute!r}: give one of {', '.join(map(repr, names))}")
        return names.index(attribute)
    steps = np.array([high - low for low, high in worth.spans])
    sizes = np.abs(worth.table["estimate"].to_numpy() * steps)
    sizes[[role in ("outside", "alternative") for role in worth.roles]] = -1.0
    return int(sizes.argmax())


def _collect(model: IndividualChoiceModel, by: Partition | None, allow_sensitive: bool) -> list[tuple[str, np.ndarray]]:
    """Return the groups from top to bottom, and the numbers of their people."""
    ids = model.posterior.respondents
    groups = model.partition
    if by is not None:
        groups = assign_people(pd.Series(ids), by, smallest_group=model.smallest_group, allow_sensitive=allow_sensitive)
    if groups is None:
        return [(EVERYBODY, np.arange(len(ids)))]
    labels = groups.labels.reindex(ids)
    return [
        (str(name), np.flatnonzero((labels == name).to_numpy()))
        for name, size in groups.sizes.items()
        if size >= model.smallest_group
    ]


def _draw_row(ax: Axes, base: int, values: np.ndarray, weights: np.ndarray, ends: np.ndarray) -> None:
    """Draw the density of a group's draws on its line, its middle half darker."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    quarter, three_quarters = values[order[np.searchsorted(reached, _MIDDLE)]]
    every = max(1, len(values) // _MOST_DRAWS)
    grid = np.linspace(ends[0], ends[1], _POINTS)
    density = stats.gaussian_kde(values[::every], weights=weights[::every])(grid)
    height = base + _HEIGHT * density / density.max()
    ax.fill_between(grid, base, height, color=COLOURS[4], alpha=0.45, linewidth=0)
    inside = (grid >= quarter) & (grid <= three_quarters)
    ax.fill_between(grid, base, height, where=inside, color=COLOURS[0], alpha=0.75, linewidth=0)
    ax.plot(grid, height, color=INK, linewidth=0.8)
    ax.axhline(base, color=QUIET, linewidth=0.6, zorder=0)


def _draw_middle(ax: Axes, base: int, middle: float, interval: np.ndarray, decimals: int | None) -> None:
    ax.hlines([base], *interval, color=INK, linewidth=2.4)
    ax.plot([middle], [base], marker="o", color=INK, markersize=5)
    ax.annotate(
        write_number(middle, "money", decimals=decimals).replace("$", r"\$"),
        (middle, base),
        xytext=(0, -5),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=8,
        color=INK,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
        zorder=1.5,
    )
