"""The verdict over schemes: which one to run on, or neither, and whether its groups can be found.

    verdict   "neither" unless the interval of the best scheme lies above 0;
              one scheme only if the interval of its lead over each other one lies above 0 as well

Schemes are judged by the mean held-out R² over the outcomes that none of them was made from. Where descriptors were
given, the sentence also says whether the groups of the best scheme can be found from them: a group that explains value
but cannot be found is not a target.

Source: Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52 (intervals).
Assumes what held_out.py and reach.py do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, Partition, corrected_interval
from cvlab.analyses.segmentation.held_out import LEVEL, POWER, WORTH_FINDING
from cvlab.analyses.segmentation.reach import SLIGHT
from cvlab.units import write_number

SMALLEST_CHANGE = 0.02
_MOST_LISTED = 4
_INTERVAL = "{level} interval {low} to {high}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Verdict:
    """Which scheme to run on, in a sentence, and the headline that says it; `winner` is None for neither.

    `overall` has scheme, r2, low and high of the mean over the outcomes that count, missing where they are too few.
    """

    verdict: str
    winner: str | None
    headline: Headline
    overall: pd.DataFrame


def judge_schemes(
    schemes: Mapping[str, Partition],
    scores: Mapping[tuple[str, str], np.ndarray],
    eligible: Sequence[str],
    *,
    reach: pd.DataFrame,
    descriptors: Sequence[str],
    n: int,
    needed: int,
    folds: int,
) -> Verdict:
    """Say which scheme explains most, whether that is more than nothing, more than the next one does, and in reach."""
    # A scheme of one group cannot tell people apart: it is no rival, and winning over it is no win.
    dividing = {name: partition for name, partition in schemes.items() if len(partition.names) > 1}
    usable = [column for column in eligible if all(np.isfinite(scores[name, column]).all() for name in schemes)]
    if not usable or not dividing or n < needed:
        return _decline(schemes, eligible, usable, n=n, needed=needed)
    means = {name: np.mean([scores[name, column] for column in usable], axis=0) for name in dividing}
    overall = {name: corrected_interval(each, test_share=1 / folds, level=LEVEL) for name, each in means.items()}
    ranked = sorted(means, key=lambda name: -means[name].mean())
    best = ranked[0]
    value, low, high = overall[best]
    words = {"best": best, "outcomes": list_words(usable)}
    # Every other scheme must be left behind, not only the next: a noisy one further down may be as good.
    rivals = [name for name in ranked[1:] if not _leads(means[best] - means[name], 1 / folds)]
    on_average = "on average " if len(usable) > 1 else ""
    explained = f"{on_average}{{value}} of the differences in {{outcomes}} on held-out people ({_INTERVAL})"
    winner: str | None = None
    if low <= 0:
        sentence = f"Neither: nothing certain is explained. The best scheme, “{{best}}”, explains {explained}."
        if len(ranked) == 1:
            sentence = f"Nothing certain is explained: the scheme “{{best}}” explains {explained}."
    elif rivals:
        words["rivals"] = list_words(rivals, readable=False)
        sentence = (
            f"Neither is clearly better: the scheme “{{best}}” explains {explained}, {{rivals}} not clearly less."
        )
    else:
        winner = best
        lead = ", more than any other scheme" if len(ranked) > 1 else ""
        sentence = f"Best on held-out people: the scheme “{{best}}” explains {explained}{lead}."
        sentence = sentence.replace(" on held-out people (", " (")
    if low > 0 and len(reach):
        addition, more = _say_reach(
            reach.set_index("scheme").loc[best], descriptors, schemes[best].made_from, named=bool(rivals)
        )
        sentence, words = f"{sentence} {addition}", {**words, **more}
    ahead = _name_ahead(scores, ranked, usable, test_share=1 / folds) if winner else ""
    if ahead:
        sentence, words = f"{sentence} {{ahead}}", {**words, "ahead": ahead}
    headline = _make_headline(value, low, high, n=n, sentence=sentence, words=words)
    nothing = dict.fromkeys(schemes, (math.nan, math.nan, math.nan))
    return Verdict(verdict=str(headline), winner=winner, headline=headline, overall=_tabulate({**nothing, **overall}))


def _name_ahead(
    scores: Mapping[tuple[str, str], np.ndarray], ranked: Sequence[str], outcomes: Sequence[str], *, test_share: float
) -> str:
    """Name the outcomes of which another scheme than the best explains more: the interval of its lead is above 0."""
    leaders = {column: max(ranked, key=lambda name: scores[name, column].mean()) for column in outcomes}
    ahead = [
        f"of {column.replace('_', ' ')} “{name}” explains more, "
        f"{write_number(scores[name, column].mean(), 'share')} against "
        f"{write_number(scores[ranked[0], column].mean(), 'share')}"
        for column, name in leaders.items()
        if name != ranked[0] and _leads(scores[name, column] - scores[ranked[0], column], test_share)
    ]
    return f"But {'; '.join(ahead)}." if ahead else ""


def _leads(lead: np.ndarray, test_share: float) -> bool:
    return corrected_interval(lead, test_share=test_share, level=LEVEL)[1] > 0


def _say_reach(
    row: pd.Series, descriptors: Sequence[str], made_from: Sequence[str], *, named: bool
) -> tuple[str, dict[str, str]]:
    """Say whether the groups of the best scheme can be found from the descriptors."""
    whose = "The groups of “{best}”" if named else "Its groups"
    by_rule = row["found_by"] == "rule"
    shown = [column.replace("_", " ") for column in (made_from if by_rule else descriptors)]
    if len(shown) > _MOST_LISTED:
        shown = [*shown[: _MOST_LISTED - 1], f"{len(shown) - _MOST_LISTED + 1} more"]
    words = {
        "descriptors": list_words(shown, readable=False),
        "placed": write_number(row["accuracy"], "share"),
        "guessed": write_number(row["base_rate"], "share"),
    }
    against = "{placed} of people are placed rightly, {guessed} by always guessing the largest group"
    if not math.isfinite(row["kappa"]):
        return f"Whether {whose[0].lower()}{whose[1:]} can be found from {{descriptors}} is not known.", words
    if by_rule:
        return f"{whose} are known by their own rule from {{descriptors}}.", words
    if row["low"] <= 0:
        return f"{whose} cannot be found from {{descriptors}}, so they are no target: {against}.", words
    if row["kappa"] < SLIGHT:
        return f"{whose} are hardly found from {{descriptors}}: {against}.", words
    return f"{whose} can be found from {{descriptors}}: {against}.", words


def _decline(
    schemes: Mapping[str, Partition], eligible: Sequence[str], usable: Sequence[str], *, n: int, needed: int
) -> Verdict:
    words = {"needed": f"{needed:,}", "found": f"{WORTH_FINDING:.0%}", "power": f"{POWER:.0%}"}
    if not eligible:
        sentence = (
            "Not enough data to compare schemes: each outcome made one of them, so what they explain is by "
            "construction. Give at least one outcome from another source or a later time."
        )
    elif n >= needed and usable:
        sentence = (
            "Not enough data to compare schemes: each has one group only, and two would be the least. Divide the {n} "
            "people by something in which they differ."
        )
    elif n >= needed and not usable:
        sentence = "Not enough data to compare schemes: no outcome differs between people. Give at least one that does."
    else:
        sentence = (
            "Not enough data to compare schemes: {n} people have groups and outcomes; {needed} would do, to find a "
            "scheme that explains {found} with a chance of {power}."
        )
    headline = _make_headline(math.nan, math.nan, math.nan, n=n, sentence=sentence, words=words)
    unknown = dict.fromkeys(schemes, (math.nan, math.nan, math.nan))
    return Verdict(verdict=str(headline), winner=None, headline=headline, overall=_tabulate(unknown))


def _tabulate(overall: Mapping[str, tuple[float, float, float]]) -> pd.DataFrame:
    rows = [(name, *numbers) for name, numbers in overall.items()]
    return pd.DataFrame(rows, columns=["scheme", "r2", "low", "high"])


def _make_headline(
    value: float, low: float, high: float, *, n: int, sentence: str, words: Mapping[str, str]
) -> Headline:
    return Headline(
        key="segmentation.held_out_r2",
        label="held-out R² of the best scheme",
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        n=n,
        unit="share",
        better="higher",
        smallest_change=SMALLEST_CHANGE,
        method="cross-validated group means, Nadeau–Bengio interval; mean over the outcomes",
        sentence=sentence,
        words=words,
    )


def list_words(words: Sequence[str], *, readable: bool = True) -> str:
    """Write words as a list in a sentence."""
    listed = [word.replace("_", " ") if readable else word for word in words]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
