"""The key of a picture, under its axis whatever the height of the picture."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

_BELOW = 0.45  # inches: room for the ticks and the label of the axis


def put_key_below(ax: Axes) -> None:
    """Write the key of what was drawn with a label under the axis."""
    down = ScaledTranslation(0, -_BELOW, ax.get_figure(root=True).dpi_scale_trans)  # type: ignore[union-attr]
    place = ax.transAxes + down
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=place, ncols=4, frameon=False, fontsize=8)
