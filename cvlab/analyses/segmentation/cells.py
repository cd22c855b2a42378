"""Cells of a crossing: how small ones are merged until each can be shown, and what they are called.

A cell is one level, or a set of neighbouring levels, of each characteristic. A cell that is too small joins the cell
that differs from it in one characteristic only: preferably the adjacent interval, else the smallest.

A value that too few people have is not called by its name, nor are those whom it joins told by it: `East or other
region`. A word that one person alone has written may tell who it was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from cvlab.analyses.segmentation.cuts import OTHER, UNKNOWN, Axis
from cvlab.errors import ParameterError

MOST_CELLS = 600

Cell = tuple[frozenset[int], ...]


def merge_small_cells(
    axes: Sequence[Axis], counts: Mapping[tuple[int, ...], int], *, smallest: int
) -> tuple[dict[tuple[int, ...], int], list[Cell], int]:
    """Merge cells until each has at least `smallest` people, or one is left.

    Parameters
    ----------
    counts : people in each combination of levels that occurs.

    Returns
    -------
    the group of every combination of levels; the cell of each group (an empty tuple for the group "other", of cells
    that had no neighbour left); how many occupied cells were too small.

    Raises
    ------
    ParameterError : the crossing has more than `MOST_CELLS` cells.
    """
    # Levels that are small in themselves are merged first: the crossing then has fewer, and better filled, cells.
    starts = [_merge_levels(axis, position, counts, smallest) for position, axis in enumerate(axes)]
    n_cells = math.prod(len(sets) for sets in starts)
    if n_cells > MOST_CELLS:
        raise ParameterError(f"the crossing has {n_cells:,} cells: cross fewer characteristics or cut them coarser")
    cells: dict[Cell, int] = dict.fromkeys(product(*starts), 0)
    where = [{level: levels for levels in sets for level in levels} for sets in starts]
    for combination, count in counts.items():
        cells[tuple(levels[level] for levels, level in zip(where, combination, strict=True))] += count
    small = sum(0 < count < smallest for count in counts.values())
    merged = _merge_boxes(axes, cells, smallest)
    order = sorted(merged, key=lambda boxes: [sorted(levels) for box in boxes for levels in box])
    order = sorted(order, key=len)  # "other", made of several boxes, comes last
    group_of = {
        combination: number
        for number, boxes in enumerate(order)
        for box in boxes
        for combination in product(*(sorted(levels) for levels in box))
    }
    return group_of, [boxes[0] if len(boxes) == 1 else () for boxes in order], small


def hide_few(axes: Sequence[Axis], counts: Mapping[tuple[int, ...], int], *, smallest: int) -> list[Axis]:
    """Return the axes with the values noted that fewer than `smallest` people have: they are not named."""
    return [
        replace(
            axis,
            few=frozenset(level for level, size in enumerate(_count_levels(axis, place, counts)) if size < smallest),
        )
        if axis.edges is None
        else axis
        for place, axis in enumerate(axes)
    ]


def name_cells(axes: Sequence[Axis], cells: Sequence[Cell]) -> list[str]:
    """Name each cell; where cells would have the same name, since what tells them apart is not named, number them."""
    names: list[str] = []
    for cell in cells:
        name = base = name_cell(axes, cell)
        attempt = 1
        while name in names:
            attempt += 1
            name = f"{base} ({attempt})"
        names.append(name)
    return names


def name_cell(axes: Sequence[Axis], cell: Cell) -> str:
    """Name a cell, as in `north · age 35–49`; a characteristic that does not matter in it is left out."""
    if not cell:
        return OTHER
    seen = [value.lower() for axis in axes for value in axis.named]
    parts = []
    for axis, levels in zip(axes, cell, strict=True):
        if len(levels) == axis.n_levels and len(axes) > 1:
            continue
        unclear = any(seen.count(value.lower()) > 1 or not _speaks(value) for value in axis.named)
        parts.append(axis.name(levels, with_column=unclear))
    return " · ".join(parts) or "all"


def _speaks(value: str) -> bool:
    return value.lower() not in ("yes", "no", "true", "false", OTHER, UNKNOWN) and not value[:1].isdigit()


def _merge_levels(
    axis: Axis, position: int, counts: Mapping[tuple[int, ...], int], smallest: int
) -> list[frozenset[int]]:
    sizes: dict[Cell, int] = {
        (frozenset([level]),): size for level, size in enumerate(_count_levels(axis, position, counts))
    }
    merged = _merge_boxes([axis], sizes, smallest)
    return sorted((boxes[0][0] for boxes in merged), key=min)


def _count_levels(axis: Axis, position: int, counts: Mapping[tuple[int, ...], int]) -> list[int]:
    sizes = [0] * axis.n_levels
    for combination, count in counts.items():
        sizes[combination[position]] += count
    return sizes


def _merge_boxes(axes: Sequence[Axis], sizes: Mapping[Cell, int], smallest: int) -> list[tuple[Cell, ...]]:
    """Let the smallest cell join its nearest neighbour, again and again; those without one are pooled as "other"."""
    boxes = dict(sizes)
    rest: list[Cell] = []
    n_rest = 0
    while len(boxes) > 1:
        cell = min(boxes, key=lambda box: (boxes[box], [sorted(levels) for levels in box]))
        if boxes[cell] >= smallest:
            break
        options = []
        for other, count in boxes.items():
            differing = [axis for axis in range(len(axes)) if cell[axis] != other[axis]]
            if len(differing) == 1:
                axis = differing[0]
                apart = not axes[axis].touching(cell[axis], other[axis])
                if not (
                    apart and axes[axis].both_intervals(cell[axis], other[axis])
                ):  # two intervals with another one between them do not make one interval
                    options.append((apart, count, [sorted(levels) for levels in other], other, axis))
        size = boxes.pop(cell)
        if not options:
            rest.append(cell)
            n_rest += size
            continue
        *_, other, axis = min(options, key=lambda option: option[:3])
        joined = tuple(cell[place] | other[place] for place in range(len(axes)))
        boxes[joined] = boxes.pop(other) + size
    if rest and min(boxes.values()) < smallest:  # the last box found no neighbour either
        (last,) = boxes
        rest.append(last)
        n_rest += boxes.pop(last)
    groups: list[tuple[Cell, ...]] = [(box,) for box in boxes]
    if not rest:
        return groups
    if not groups:
        return [(tuple(frozenset().union(*levels) for levels in zip(*rest, strict=True)),)]
    if n_rest < smallest:  # too few for a group of their own: they join the smallest
        host = min(groups, key=lambda group: (boxes[group[0]], [sorted(levels) for levels in group[0]]))
        groups.remove(host)
        rest = [*host, *rest]
    return [*groups, tuple(rest)]
