"""Market clusters: segments that are alike, merged until few enough are left to be served each in its own way.

    cost of merging A and B = size A · size B / (size A + size B) · |mean A - mean B|²     rise of the spread within
    spread kept             = spread between market clusters / spread between segments

Segments are what anyone can recognise; dozens of them cannot each have an offer. Ward's method merges the two that cost
least, again and again. A segment counts by its size: two small ones that differ cost less than two large ones.
Distances are measured on standardised features: each measured or 0/1 column is divided by its standard deviation
between people, a category becomes one column per level times sqrt(1/2).

Source: Ward (1963), "Hierarchical grouping to optimize an objective function", JASA 58; Lance & Williams (1967), The
Computer Journal 9; market clusters as in Dager, The Process on Customer Value.
Assumes that the features say on which grounds segments may share an offer; the interval resamples people and holds the
merging fixed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from cvlab.analyses.common import Headline, Partition, normal_interval
from cvlab.analyses.segmentation.preparation import prepare_features
from cvlab.analyses.segmentation.ward import Merge, merge_by_ward
from cvlab.checks import check_count
from cvlab.errors import DataError, ParameterError

PEOPLE_PER_SEGMENT = 10
N_BOOT = 400
_MOST_NAMED_TOGETHER = 3
_LONGEST_NAME = 60
_BETWEEN_CHARACTERISTICS = " · "  # as in the names of assign_segments


@dataclass(frozen=True, eq=False, kw_only=True)
class MarketClusters(Partition):
    """Segments merged into market clusters: a Partition that still recognises new people by the segments' rule.

    Attributes
    ----------
    segments : the segment of each person before merging.
    tree : one row per merge, the cheapest first, up to a single group: merge, first and second (the segments on either
        side), cost (rise of the spread within, in squared standard deviations times people), groups_left, spread_kept.
    table : one row per market cluster: group, segments (the names of those it holds, the largest first), n, share.
    headline : share of the spread between segments that lies between market clusters; unanswered where a segment has
        fewer than 10 people with known features.
    notes : what was done, and caveats.
    """

    segments: pd.Series
    tree: pd.DataFrame
    table: pd.DataFrame = field(init=False)
    headline: Headline
    notes: tuple[str, ...] = ()

    rows: ClassVar[str] = "group"
    kinds: ClassVar[Mapping[str, str]] = {"group": "text", "segments": "text", "n": "count", "share": "share"}

    def __post_init__(self) -> None:
        super().__post_init__()
        # Made here, so that it follows when market clusters are renamed or merged.
        sizes = self.sizes.to_numpy()
        by_size = self.segments.value_counts().index
        counts = pd.crosstab(self.labels, self.segments, dropna=False)
        held = ["; ".join(name for name in by_size if counts.loc[group, name] > 0) for group in self.names]
        table = pd.DataFrame({"group": self.names, "segments": held, "n": sizes, "share": sizes / max(sizes.sum(), 1)})
        object.__setattr__(self, "table", table)

    def merge(self, into: Mapping[str, str]) -> Partition:
        """Return coarser groups; tree and headline stay those of before, as a note says."""
        merged = super().merge(into)
        if not isinstance(merged, MarketClusters) or len(merged.names) == len(self.names):
            return merged
        note = f"{len(self.names)} market clusters were merged to {len(merged.names)}; the spread kept is from before."
        return replace(merged, notes=(*self.notes, note))


def merge_segments(partition: Partition, features: pd.DataFrame, *, n_groups: int) -> MarketClusters:
    """Merge similar segments into market clusters.

    Parameters
    ----------
    partition : the segments.
    features : one row per person (id as column or index): numbers, yes/no or categories on which segments may be alike.
        Each feature counts those in whom it is known.
    n_groups : market clusters wanted, 2 or more and fewer than there are segments.

    Returns
    -------
    MarketClusters, the largest first; `made_from` holds the segments' columns and the features.

    Raises
    ------
    DataError : a segment has nobody with a known feature, or the features are unfit.
    ParameterError : as many market clusters as segments, or fewer than 2.

    Source
    ------
    Ward (1963), JASA 58, on the segments' means, weighted by their sizes.

    Examples
    --------
    >>> region = pd.Series(["north", "south", "east", "north", "south", "east"], dtype="category")
    >>> spend = pd.DataFrame({"spend": [10, 11, 50, 12, 11, 52]})
    >>> market = merge_segments(Partition(labels=region, scheme="region"), spend, n_groups=2)
    >>> market.table[["group", "n"]].to_numpy().tolist()
    [['north or south', 4], ['east', 2]]
    >>> str(market.headline)
    'Not enough data to trust the merging: the smallest segment has 2 people with known features; 10 would do.'
    """
    check_count(n_groups, "n_groups", least=2)
    names = sorted(partition.names)  # in the order of names, so that ties do not hang on the order of labels
    if n_groups >= len(names):
        there = f"there are {len(names)} segments: give fewer, or leave them as they are"
        if len(names) == 1:
            there = "there is 1 segment: nothing can be merged"
        raise ParameterError(f"n_groups is {n_groups}, but {there}")
    prepared = prepare_features(features, missing_allowed=True)
    group = partition.labels.reindex(prepared.encoded.index)
    codes = group.cat.set_categories(names).cat.codes.to_numpy()
    inside = codes >= 0
    if not inside.any():
        raise DataError("features: nobody in them is in a segment. Give the features of the same people, by their ids")
    values = prepared.encoded.to_numpy()[inside]
    codes = codes[inside]
    _check_known(values, codes, names, prepared.encoded.columns)
    scaled = _standardise(values, np.isin(prepared.preparation.columns, prepared.preparation.features))
    sizes = partition.sizes[names].to_numpy(dtype=float)
    means = _group_means(scaled, codes, np.ones(len(codes)), len(names))
    merges = merge_by_ward(means, sizes)
    tree = _write_tree(merges, names, _spread_between(means, sizes))
    market_of = _cut(merges, len(names), n_groups)
    into = _name_groups(names, sizes, market_of)
    merged = partition.merge(into)
    total = pd.Series(sizes, index=names).groupby(pd.Series(into)).sum()
    order = sorted(total.index, key=lambda name: (-total[name], name))
    rule = merged.rule
    fewest = int(np.bincount(codes, minlength=len(names)).min())
    return MarketClusters(
        labels=merged.labels.cat.reorder_categories(order),
        scheme=f"{n_groups} market clusters of {partition.scheme}",
        made_from=tuple(dict.fromkeys((*partition.made_from, *prepared.preparation.features))),
        sensitive=partition.sensitive,
        probabilities=None if merged.probabilities is None else merged.probabilities[order],
        rule=None if rule is None else lambda new: rule(new).cat.reorder_categories(order),
        segments=partition.labels,
        tree=tree,
        headline=_write_headline(
            scaled, codes, sizes, market_of, fewest=fewest, n_groups=n_groups, scheme=partition.scheme
        ),
        notes=_write_notes(partition, prepared.notes, int(inside.sum())),
    )


def _check_known(values: np.ndarray, codes: np.ndarray, names: list[str], columns: pd.Index) -> None:
    known = pd.DataFrame(~np.isnan(values)).groupby(codes).sum().reindex(range(len(names)), fill_value=0)
    gaps = [
        f"{columns[column]} in {names[row]}" for row, column in zip(*np.nonzero(known.to_numpy() == 0), strict=True)
    ]
    if gaps:
        more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
        raise DataError(
            f"features: nobody has a value of {'; '.join(gaps[:3])}{more}. Drop the feature or merge the segment first"
        )


def _standardise(values: np.ndarray, of_number: np.ndarray) -> np.ndarray:
    spread = np.nanstd(values, axis=0)
    return values * np.where(of_number, 1 / np.where(spread > 0, spread, 1.0), math.sqrt(0.5))


def _group_means(values: np.ndarray, codes: np.ndarray, counts: np.ndarray, n_groups: int) -> np.ndarray:
    """Return groups × columns: means over the known values, each person counted `counts` times; NaN where none is."""
    people = np.arange(len(codes))
    members = csr_array((counts, (codes, people)), shape=(n_groups, len(codes)))
    known = ~np.isnan(values)
    mass = members @ known.astype(float)
    sums = members @ np.where(known, values, 0.0)
    return np.divide(sums, mass, out=np.full_like(sums, np.nan), where=mass > 0)


def _spread_between(means: np.ndarray, sizes: np.ndarray) -> float:
    return float(sizes @ ((means - np.average(means, axis=0, weights=sizes)) ** 2).sum(axis=1))


def _cut(merges: list[Merge], n: int, n_groups: int) -> np.ndarray:
    market_of = np.arange(n)
    for first, second, _ in merges[: n - n_groups]:
        market_of[list(first + second)] = min(first + second)
    return market_of


def _name_groups(names: list[str], sizes: np.ndarray, market_of: np.ndarray) -> dict[str, str]:
    """Name a market cluster by its segments, or by the largest of them where these are too many to read."""
    into = {}
    for market in np.unique(market_of):
        rows = np.flatnonzero(market_of == market)
        held = [names[row] for row in rows[np.argsort(-sizes[rows], kind="stable")]]
        joined = _join_names(held)
        if len(held) > _MOST_NAMED_TOGETHER or (len(held) > 1 and len(joined) > _LONGEST_NAME):
            joined = f"{held[0]} and {len(held) - 1} more"
        if len(held) > 1 and joined in names:
            joined = f"{joined} (merged)"
        into.update(dict.fromkeys(held, joined))
    return into


def _join_names(names: list[str]) -> str:
    """Join names by "or"; cells that differ in one characteristic only say the others once."""
    parts = [name.split(_BETWEEN_CHARACTERISTICS) for name in names]
    if len({len(part) for part in parts}) == 1:
        differing = [place for place in range(len(parts[0])) if len({part[place] for part in parts}) > 1]
        if len(differing) == 1:
            words = list(parts[0])
            words[differing[0]] = " or ".join(part[differing[0]] for part in parts)
            return _BETWEEN_CHARACTERISTICS.join(words)
    return " or ".join(names)


def _write_tree(merges: list[Merge], names: list[str], total: float) -> pd.DataFrame:
    costs = np.array([cost for *_, cost in merges])
    return pd.DataFrame(
        {
            "merge": np.arange(1, len(merges) + 1),
            "first": ["; ".join(names[row] for row in first) for first, _, _ in merges],
            "second": ["; ".join(names[row] for row in second) for _, second, _ in merges],
            "cost": costs,
            "groups_left": np.arange(len(merges), 0, -1),
            "spread_kept": np.clip(1 - np.cumsum(costs) / total, 0, 1) if total > 0 else np.nan,
        }
    )


def _spread_kept(means: np.ndarray, sizes: np.ndarray, market_of: np.ndarray) -> float:
    total = _spread_between(means, sizes)
    markets, codes = np.unique(market_of, return_inverse=True)
    mass = np.bincount(codes, weights=sizes)
    merged = np.stack([np.bincount(codes, weights=sizes * column) for column in means.T], axis=1) / mass[:, None]
    return _spread_between(merged, mass) / total if total > 0 and len(markets) else math.nan


def _write_headline(
    values: np.ndarray,
    codes: np.ndarray,
    sizes: np.ndarray,
    market_of: np.ndarray,
    *,
    fewest: int,
    n_groups: int,
    scheme: str,
) -> Headline:
    value = low = high = math.nan
    sentence = (
        "Not enough data to trust the merging: the smallest segment has {fewest} people with known features; "
        "{enough} would do."
    )
    means = _group_means(values, codes, np.ones(len(codes)), len(sizes))
    if fewest >= PEOPLE_PER_SEGMENT:
        value = _spread_kept(means, sizes, market_of)
        random = np.random.default_rng(0)
        chance = np.full(len(codes), 1 / len(codes))
        draws = []
        for _ in range(N_BOOT):
            drawn = _group_means(values, codes, random.multinomial(len(codes), chance).astype(float), len(sizes))
            draws.append(_spread_kept(np.where(np.isnan(drawn), means, drawn), sizes, market_of))
        # Around the value, not at the draws' quantiles: resampling adds noise between segments, and would lie below it.
        bounds = normal_interval(value, float(np.std(draws, ddof=1)))
        low, high = max(float(bounds[0]), 0.0), min(float(bounds[1]), 1.0)
        sentence = (
            "{groups} market clusters keep {value} of the spread between {segments} segments by {scheme} "
            "({level} interval {low} to {high}, {n} people)."
        )
    return Headline(
        key="segmentation.spread_kept",
        label="spread between segments kept by market clusters",
        value=value,
        low=low,
        high=high,
        n=len(codes),
        unit="share",
        smallest_change=0.05,
        method="Ward on size-weighted means, bootstrapped standard error over people, merging held fixed",
        decides=False,
        sentence=sentence,
        words={
            "fewest": str(fewest),
            "enough": str(PEOPLE_PER_SEGMENT),
            "groups": str(n_groups),
            "segments": str(len(sizes)),
            "scheme": scheme,
        },
    )


def _write_notes(partition: Partition, prepared: tuple[str, ...], n: int) -> tuple[str, ...]:
    notes = ["Features are divided by their standard deviation between people; segments count by their size."]
    notes += [note for note in prepared if note.startswith("Left out")]
    total = int(partition.sizes.sum())
    if n < total:
        notes.append(f"{n:,} of the {total:,} people in segments have features; a segment's mean is theirs.")
    notes.append("How far market clusters differ in the features that merged them is by construction.")
    return tuple(notes)
