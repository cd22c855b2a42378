"""Nesting: does each rung have all that the rung below has, and something more that has a name?

A feature is compared by its level. Numbers (and yes and no) are compared as such, and a rung that does not list a
feature has level 0 of it. Levels in words cannot be compared: another word counts as more, and as going back only
where a rung further down had that word already.

Source: a definition, not an estimate. Versions of one product that leave something out: Deneckere & McAfee (1996),
"Damaged goods", Journal of Economics & Management Strategy 5.
Assumes that levels in words rise along the ladder.
"""

from __future__ import annotations

import pandas as pd

from cvlab.errors import DataError, Problem

YES_NO = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}

Level = float | str | None


def check_features(features: pd.DataFrame, rungs: tuple[str, ...]) -> dict[str, dict[str, Level]]:
    """Return feature → rung → level (None: the rung does not have it), in the order of the table.

    Raises
    ------
    DataError : a rung is unknown, or a feature stands twice under one rung; all at once.

    Examples
    --------
    >>> features = pd.DataFrame({"rung": ["good", "best"], "feature": ["sleep", "sleep"], "level": ["no", "yes"]})
    >>> check_features(features, ("good", "best"))
    {'sleep': {'good': None, 'best': 1.0}}
    """
    numbers = range(1, len(features) + 1)
    rung, feature = features["rung"].astype("str"), features["feature"].astype("str")
    unknown = tuple(number for number, wrong in zip(numbers, ~rung.isin(rungs), strict=True) if wrong)
    twice = pd.DataFrame({"rung": rung, "feature": feature}).duplicated(keep=False)
    repeated = tuple(number for number, wrong in zip(numbers, twice, strict=True) if wrong)
    problems = []
    if unknown:
        remedy = f"write one of {', '.join(rungs)}, or drop the row"
        problems.append(Problem(table="rung_features", column="rung", rows=unknown, rule="is no rung", remedy=remedy))
    if repeated:
        rule, remedy = "names a feature of a rung twice", "keep one row per rung and feature"
        problems.append(Problem(table="rung_features", column="feature", rows=repeated, rule=rule, remedy=remedy))
    if problems:
        raise DataError.from_problems("rule 2 cannot be tested", problems)
    levels: dict[str, dict[str, Level]] = {}
    for name, rows in features.assign(rung=rung, feature=feature).groupby("feature", sort=False):
        stated = dict(zip(rows["rung"], _read_levels(rows["level"]), strict=True))
        levels[str(name)] = {rung_name: stated.get(rung_name) for rung_name in rungs}
    return levels


def describe_step(
    levels: dict[str, dict[str, Level]], below: str | None, rung: str
) -> tuple[str, tuple[str, ...], str]:
    """Return verdict, differentiators and reason for the step up to `rung` from the rung `below` (None: the lowest).

    Examples
    --------
    >>> levels = {"sleep": {"good": None, "best": 1.0}, "strap": {"good": "rubber", "best": "steel"}}
    >>> describe_step(levels, "good", "best")
    ('pass', ('sleep', 'strap'), 'adds sleep, strap')
    >>> describe_step(levels, "best", "good")
    ('fail', (), 'falls behind best in sleep, strap')
    """
    if all(by_rung[rung] is None for by_rung in levels.values()):
        return "cannot tell", (), f"no feature of {rung} is named: add rows to rung_features"
    gained, lost = [], []
    for feature, by_rung in levels.items():
        here, before = by_rung[rung], by_rung[below] if below is not None else None
        if here == before:
            continue
        if here is None or _is_less(here, before) or _is_back(here, by_rung, below):
            lost.append(feature)
        else:
            gained.append(feature)
    differentiators = tuple(gained)
    if below is None:
        return "pass", differentiators, f"starts with {', '.join(gained)}"
    if lost:
        return "fail", differentiators, f"falls behind {below} in {', '.join(lost)}"
    if not gained:
        return "fail", (), f"has nothing that {below} does not have"
    return "pass", differentiators, f"adds {', '.join(gained)}"


def _is_less(here: Level, before: Level) -> bool:
    return isinstance(here, float) and isinstance(before, float) and here < before


def _is_back(here: Level, by_rung: dict[str, Level], below: str | None) -> bool:
    """Say whether a word returns that a rung further down than `below` had."""
    if below is None or not isinstance(here, str):
        return False
    order = list(by_rung)
    return here in [by_rung[rung] for rung in order[: order.index(below)]]


def _read_levels(levels: pd.Series) -> list[Level]:
    """Read the levels of one feature: numbers where all of them are, else words; 0, no and nothing mean without it."""
    words = levels.astype("str").str.strip().str.lower()
    numbers = pd.to_numeric(words.replace({word: str(number) for word, number in YES_NO.items()}), errors="coerce")
    if numbers[levels.notna()].notna().all():
        return [None if pd.isna(number) or number == 0 else float(number) for number in numbers]
    return [
        None if pd.isna(level) or word in ("no", "none", "") else str(level)
        for level, word in zip(levels, words, strict=True)
    ]
