"""How schemes relate: do two divide people alike, who is in which pair of groups, and how even are the groups?

    adjusted Rand index           pairs of people kept together by both, beyond chance; 1 is the same, 0 is chance
    adjusted mutual information   what one group tells about the other, beyond chance; 1 is the same, 0 is chance
    effective groups              exp(-sum of p · log p), p = share of people in a group

Source: Hubert & Arabie (1985), "Comparing partitions", Journal of Classification 2; Vinh, Epps & Bailey (2010),
"Information theoretic measures for clusterings comparison", JMLR 11.
Assumes that both schemes were made for the same people; who has no group in one of them is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from cvlab.analyses.common import Partition


def compare_pairs(
    schemes: Mapping[str, Partition],
) -> tuple[pd.DataFrame, dict[tuple[str, str], pd.DataFrame]]:
    """Return ARI and AMI of each pair of schemes, and the people in each pair of their groups."""
    rows, crossings = [], {}
    for first, second in combinations(schemes, 2):
        pair = pd.DataFrame({"a": schemes[first].labels, "b": schemes[second].labels}).dropna()
        a, b = (
            pair[side].astype(pd.CategoricalDtype(list(schemes[name].names)))
            for side, name in (("a", first), ("b", second))
        )
        crossing = pd.crosstab(a, b, dropna=False).rename_axis(index=first, columns=second)
        crossings[first, second] = crossing
        known = len(pair) > 0
        rows.append(
            {
                "scheme_a": first,
                "scheme_b": second,
                "ari": float(adjusted_rand_score(a.cat.codes, b.cat.codes)) if known else math.nan,
                "ami": float(adjusted_mutual_info_score(a.cat.codes, b.cat.codes)) if known else math.nan,
                "n": len(pair),
            }
        )
    return pd.DataFrame(rows, columns=["scheme_a", "scheme_b", "ari", "ami", "n"]), crossings


def measure_balance(schemes: Mapping[str, Partition]) -> pd.DataFrame:
    """Return how many groups each scheme has, and how evenly people fall into them."""
    rows = []
    for name, partition in schemes.items():
        shares = partition.sizes.to_numpy() / partition.sizes.sum()
        occupied = shares[shares > 0]
        effective = float(np.exp(-(occupied * np.log(occupied)).sum()))
        rows.append(
            {
                "scheme": name,
                "groups": len(shares),
                "smallest": float(shares.min()),
                "largest": float(shares.max()),
                "effective_groups": effective,
            }
        )
    return pd.DataFrame(rows)
