"""The picture of what marks each cluster."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cvlab.analyses.segmentation import Clusters
from cvlab.analyses.segmentation.behaviour import KINDS_OF_BEHAVIOUR
from cvlab.figures.segmentation.cells import shade_cells, wrap
from cvlab.figures.style import new_axes, shorten
from cvlab.units import write_number

MOST_FEATURES = 16


def draw_centres(clusters: Clusters, *, ax: Axes | None = None) -> Axes:
    """Draw what marks each cluster: its mean per feature, shaded by how far it lies from everybody's.

    The shade counts standard deviations between people; the number is in the data's own unit. Of many features those in
    which clusters differ most are drawn.
    """
    table = clusters.table
    features = list(table.columns[3:])
    weights = clusters.weights.to_numpy()
    values = clusters.features.to_numpy()
    # A latent class may have been found in features with gaps.
    known = ~np.isnan(values)
    weight = weights[:, None] * known
    total = np.maximum(weight.sum(axis=0), np.finfo(float).tiny)
    mean = (np.where(known, values, 0) * weight).sum(axis=0) / total
    spread = np.sqrt((np.where(known, values - mean, 0) ** 2 * weight).sum(axis=0) / total)
    centres = table[features].to_numpy(dtype=float)
    gaps = np.divide(centres - mean, spread, out=np.zeros_like(centres), where=spread > 0)
    strongest = np.argsort(-np.nan_to_num(np.abs(gaps)).max(axis=0), kind="stable")[:MOST_FEATURES]
    kept = np.sort(strongest)
    ax = new_axes(ax, size=(max(6.0, 3.0 + 1.25 * len(table)), 1.6 + 0.34 * len(kept)))
    shares = (~known | (values == 0) | (values == 1)).all(axis=0)
    # What was measured in money or time may happen to be 0 and 1 only.
    kinds = [
        KINDS_OF_BEHAVIOUR.get(name, "share" if share else "number")
        for name, share in zip(features, shares, strict=True)
    ]
    texts = [[write_number(centres[group, column], kinds[column]) for group in range(len(table))] for column in kept]
    shade_cells(ax, gaps[:, kept].T, texts, colours="PuOr_r", low=-1.5, high=1.5)
    ax.set_yticks(range(len(kept)), [shorten(features[column].replace("_", " "), 30) for column in kept], fontsize=8.5)
    sizes = [f"{wrap(row.group, 19)}\nn = {write_number(row.n, 'count')}" for row in table.itertuples()]
    ax.set_xticks(range(len(table)), sizes, fontsize=8)
    hidden = len(features) - len(kept)
    rest = f"; {hidden} more features differ less" if hidden else ""
    ax.set_title(f"Mean of each cluster{rest}\n(orange above, purple below the average)", loc="left", fontsize=10)
    return ax
