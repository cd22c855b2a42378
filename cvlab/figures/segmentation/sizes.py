"""The picture of how large the groups of a partition are."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cvlab.analyses.common import Partition, wilson_interval
from cvlab.figures.segmentation.cells import wrap
from cvlab.figures.style import COLOURS, INK, new_axes, shorten, write_ticks
from cvlab.units import write_number


def draw_group_sizes(partition: Partition, *, ax: Axes | None = None) -> Axes:
    """Draw the share of people in each group, with its interval, and how many they are."""
    sizes = partition.sizes
    n = int(sizes.sum())
    ax = new_axes(ax, size=(7.2, 1.3 + 0.36 * max(2, len(sizes))))
    shares = sizes.to_numpy() / max(n, 1)
    bounds = np.array([wilson_interval(size, max(n, 1)) for size in sizes])
    errors = np.abs(bounds.T - shares)
    places = np.arange(len(sizes))
    ax.barh(places, shares, 0.62, xerr=errors, color=COLOURS[0], ecolor=INK, capsize=3)
    for place, (size, high) in enumerate(zip(sizes, bounds[:, 1], strict=True)):
        ax.annotate(
            f"n = {write_number(size, 'count')}",
            (high, place),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
        )
    ax.set_yticks(places, [wrap(name, 34) for name in sizes.index], fontsize=8.5)
    ax.invert_yaxis()
    # Room on the right for the number of people.
    end = 1.22 * float(bounds[:, 1].max())
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= min(end, 1)])
    ax.set_xlim(0, end)
    ax.grid(False, axis="y")
    ax.set_xlabel(f"share of {write_number(n, 'count')} people")
    write_ticks(ax.xaxis, "share")
    ax.set_title(f"Groups by {shorten(partition.scheme, 60)}", loc="left", fontsize=11)
    return ax
