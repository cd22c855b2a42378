"""Reservation: the most that each person would pay for each rung of a ladder, draw by draw.

    value of a rung = (utility of its features - utility of staying out) / weight of a unit of money / factor
                                                                        [money per unit]

The factor is what is stated per what is real (1.25 where answers run a quarter high). It is the same for all people in
a draw and another one in the next, so that the doubt about it is carried along.

A ladder is measured on these draws, several weighted rows per person, never on one mean per person. Means of
individuals are drawn towards the mean of all; people then look more alike than they are, and a ladder promises too much
and underprices its top.

Source: Rossi, Allenby & McCulloch (2005), Bayesian Statistics and Marketing, chapter 5: a decision averages over the
posterior, it does not plug in its mean.
Assumes that the worths of features add up, as in the model of the choices, and that a rung is worth no more than them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cvlab.analyses.common import Headline, percentile_interval
from cvlab.analyses.willingness_to_pay.choosing.coding import Coding
from cvlab.analyses.willingness_to_pay.choosing.individual_posterior import thin
from cvlab.analyses.willingness_to_pay.choosing.individual_result import METHOD, IndividualChoiceModel
from cvlab.analyses.willingness_to_pay.choosing.stated_factor import describe_factor, draw_factor
from cvlab.analyses.willingness_to_pay.choosing.top import write_people
from cvlab.checks import check_columns, check_count, check_finite
from cvlab.errors import DataError, ParameterError
from cvlab.units import write_range

RUNGS, FEATURES = "rungs", "rung_features"
SMALLEST_CHANGE = 0.05  # share of the amount below which a change between two runs does not matter
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, eq=False, kw_only=True)
class Reservation:
    """What people would pay at most for each rung.

    Attributes
    ----------
    table : one row per rung: rung, n (people), mean with low and high, and p10 to p90, the quantiles over people and
        draws. Money per unit.
    headline : what half of the people would pay for the last rung.
    rung_values : one row per person and draw: respondent_id, draw, one column per rung (money per unit), weight (the
        rows of a person add up to the person's survey weight). Fit for `measure_ladder`; never published.
    """

    rows: ClassVar[str] = "rung"
    kinds: ClassVar[Mapping[str, str]] = {
        "n": "count",
        **dict.fromkeys(("mean", "low", "high", *(f"p{round(100 * share)}" for share in _QUANTILES)), "money"),
    }

    table: pd.DataFrame
    headline: Headline
    notes: tuple[str, ...] = ()
    rung_values: pd.DataFrame = field(repr=False)


def measure_reservation(
    model: IndividualChoiceModel,
    rungs: pd.DataFrame | Sequence[str],
    rung_features: pd.DataFrame,
    *,
    calibration: Any = None,
    outside: float | None = None,
    n_draws: int = 200,
    seed: int = 0,
) -> Reservation:
    """Measure what every person would pay for every rung, in each draw of the person's tastes.

    Parameters
    ----------
    model : the individual model of the choices.
    rungs : names of the rungs, lowest first, or a table with the column rung.
    rung_features : one row per rung and feature: rung, feature (an attribute of the model, or the column of
        alternatives where these have constants), level. What a rung does not name is at its base level, or 0.
    calibration : what is stated per what is real: a number; (value, low, high) with an interval of the model's level; a
        Headline; or a result with draws in `factor`, as from `compare_stated_revealed`. None takes the choices at their
        word.
    outside : what staying out is worth, against an offer without any features that costs nothing: money per unit. The
        model's own estimate when not given; needed where nobody could decline.
    n_draws : most draws per person.
    seed : of the people drawn for the intervals, and of the order in which draws of the factor meet those of tastes.

    Returns
    -------
    Reservation.

    Raises
    ------
    DataError : a table lacks columns or rows, names unknown rungs or features, or levels that were never shown; or too
        few people chose.
    ParameterError : willingness to pay is undefined, nobody could decline and `outside` is not given, or the factor is
        not above 0.

    Examples
    --------
    >>> from cvlab.analyses.willingness_to_pay import estimate_individual_choice
    >>> random = np.random.default_rng(0)
    >>> worth = random.normal(6, 2, 40)                     # of gps, to each of forty people; the device is worth 5
    >>> rows = []
    >>> for person in range(40):
    ...     for number in range(8):
    ...         gps, price = random.permutation([0, 1]), random.choice([4.0, 8, 12], 2)
    ...         value = np.append(5 + worth[person] * gps - price, 0) + random.gumbel(size=3)
    ...         rows += [(person, number, name, *offer, int(place == value.argmax())) for place, (name, offer) in
    ...                  enumerate(zip(["a", "b", "none"], [*zip(gps, price), (None, None)]))]
    >>> tasks = pd.DataFrame(rows, columns=["respondent_id", "task", "alternative", "gps", "price", "chosen"])
    >>> tasks = tasks.astype({"gps": float, "price": float})
    >>> model = estimate_individual_choice(tasks, attributes=["gps"], price="price", outside="none", n_draws=200,
    ...                                    time_limit=3)
    >>> features = pd.DataFrame({"rung": ["better"], "feature": ["gps"], "level": [1]})
    >>> result = measure_reservation(model, ["basic", "better"], features, calibration=1.25)
    >>> result.rung_values.columns.tolist()
    ['respondent_id', 'draw', 'basic', 'better', 'weight']
    >>> basic, better = result.table.set_index("rung")["mean"]
    >>> bool(3 < basic < 5 < 7 < better < 10)
    True
    """
    check_count(n_draws, "n_draws")
    if not model.enough:
        raise DataError(str(model.headline))
    if model.undefined:
        raise ParameterError(f"model: {model.undefined}")
    coding = model.coding
    names = _read_rungs(rungs)
    offers, notes = _arrange_offers(names, rung_features, model)
    columns = np.delete(coding.encode(offers, FEATURES), coding.price_position, axis=1)
    worth = thin(model.posterior.worth(), n_draws)
    values = worth @ columns.T - _find_outside(worth, coding, outside)
    if calibration is not None:
        factor = draw_factor(calibration, len(values), model.level, seed)
        values = values / factor[:, None, None]
        notes.append(describe_factor(factor))
    if not model.settled:
        notes.insert(
            0, "The draws of the model had not settled when its time was up: take these values for a first look."
        )
    return Reservation(
        table=_tabulate(names, values, model, seed),
        headline=_write_headline(names[-1], values[..., -1:], model, seed),
        notes=tuple(notes),
        rung_values=_spread_out(names, values, model),
    )


def _read_rungs(rungs: pd.DataFrame | Sequence[str]) -> tuple[str, ...]:
    if isinstance(rungs, pd.DataFrame):
        check_columns(rungs, ["rung"], RUNGS)
        rungs = rungs["rung"].tolist()
    if isinstance(rungs, str) or not len(rungs):
        raise ParameterError("rungs holds no rungs: give a list of names, or a table with the column rung")
    names = tuple(str(name) for name in rungs)
    taken = [name for name in names if name in ("respondent_id", "draw", "weight")]
    if len(set(names)) < len(names) or taken:
        raise DataError(
            f"{RUNGS}: names occur twice or are one of respondent_id, draw, weight: {', '.join(names)}. Rename them"
        )
    return names


def _arrange_offers(
    names: tuple[str, ...], features: pd.DataFrame, model: IndividualChoiceModel
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rungs as offers at price 0, and what a reader should know about their levels."""
    coding = model.coding
    check_columns(features, ["rung", "feature", "level"], FEATURES)
    table = features[["rung", "feature", "level"]].astype({"rung": str, "feature": str})
    known = [*coding.attributes, *([coding.alternative] if coding.base_alternative is not None else [])]
    complaints = [
        f"{what} {', '.join(strange)} (known: {', '.join(allowed)})"
        for what, strange, allowed in (
            ("unknown rungs", sorted(set(table["rung"]) - set(names)), names),
            ("unknown features", sorted(set(table["feature"]) - set(known)), known),
        )
        if strange
    ]
    if table["level"].isna().any():
        complaints.append(f"level is empty in {int(table['level'].isna().sum())} rows")
    twice = table.duplicated(["rung", "feature"])
    if twice.any():
        first = table[twice].iloc[0]
        complaints.append(f"a rung has a feature twice (first: {first['rung']}, {first['feature']})")
    if complaints:
        raise DataError(f"{FEATURES}: {'; '.join(complaints)}. Correct these rows")
    wide = table.set_index(["rung", "feature"])["level"].unstack().reindex(list(names))  # noqa: PD010 - levels are text too
    offers = pd.DataFrame({coding.price: 0.0}, index=wide.index)
    plain = pd.Series(coding.base_alternative or "a rung", index=wide.index)
    offers[coding.alternative] = wide[coding.alternative].fillna(plain) if coding.alternative in wide else plain
    _check_alternatives(offers[coding.alternative], coding)
    for attribute in coding.attributes:
        level = wide[attribute] if attribute in wide else pd.Series(np.nan, index=wide.index)
        base = coding.levels[attribute][0] if attribute in coding.levels else 0.0
        offers[attribute] = _read_level(level.astype(object).where(level.notna(), base), attribute, coding)
    return offers, _find_extrapolation(offers, model)


def _check_alternatives(alternatives: pd.Series, coding: Coding) -> None:
    allowed = {coding.base_alternative, *coding.constants} - {coding.outside}
    unknown = sorted({str(name) for name in alternatives} - {str(name) for name in allowed})
    if coding.base_alternative is not None and unknown:
        raise DataError(
            f"{FEATURES}, {coding.alternative}: {', '.join(unknown)} has no constant in the model. "
            f"Use one of {', '.join(sorted(str(name) for name in allowed))}"
        )


def _read_level(level: pd.Series, attribute: str, coding: Coding) -> pd.Series:
    if attribute in coding.levels:
        return level.astype(str)
    numbers = pd.to_numeric(level, errors="coerce")
    if numbers.isna().any():
        wrong = ", ".join(str(value) for value in level[numbers.isna()].unique()[:3])
        raise DataError(
            f"{FEATURES}, {attribute}: {wrong} is not a number, as {attribute} is in the tasks. Write numbers"
        )
    return numbers.astype(float)


def _find_extrapolation(offers: pd.DataFrame, model: IndividualChoiceModel) -> list[str]:
    coding = model.coding
    shown = model.choices.columns[model.choices.inside]
    notes = []
    for attribute in coding.attributes:
        if attribute in coding.levels:
            continue
        column = shown[:, coding.names.index(attribute)]
        beyond = offers[(offers[attribute] < column.min()) | (offers[attribute] > column.max())]
        if len(beyond):
            notes.append(
                f"{attribute} of {', '.join(map(str, beyond.index))} lies outside what was shown "
                f"({write_range(column.min(), column.max())}): its worth is a straight line continued."
            )
    return notes


def _find_outside(worth: np.ndarray, coding: Coding, outside: float | None) -> np.ndarray | float:
    if outside is not None:
        return check_finite(outside, "outside")
    if coding.outside is None:
        raise ParameterError(
            "outside is not given, and nobody could decline in these choices, so they do not say what a rung is worth "
            "against buying nothing: give what that is worth, an amount of money"
        )
    names = [name for name in coding.names if name != coding.price]
    return np.asarray(worth[:, :, [names.index(coding.outside)]])


def _tabulate(names: tuple[str, ...], values: np.ndarray, model: IndividualChoiceModel, seed: int) -> pd.DataFrame:
    mean, draws = model.posterior.average(values, seed=seed)
    low, high = percentile_interval(draws, level=model.level)
    weights = np.tile(model.posterior.weights, len(values))
    table = pd.DataFrame({"rung": names, "n": model.n_respondents, "mean": mean, "low": low, "high": high})
    for share in _QUANTILES:
        flat = values.reshape(-1, len(names)).T
        table[f"p{round(100 * share)}"] = [_find_quantile(each, weights, share) for each in flat]
    return table


def _find_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(reached, share * reached[-1])]])


def _write_headline(rung: str, values: np.ndarray, model: IndividualChoiceModel, seed: int) -> Headline:
    middle, draws = (part[..., 0] for part in model.posterior.average(values, seed=seed, of="median"))
    low, high = percentile_interval(draws, level=model.level)
    return Headline(
        key="willingness_to_pay.reservation",
        label="what half of the people would pay for the last rung",
        value=float(middle),
        low=float(low),
        high=float(high),
        level=model.level,
        n=model.n_respondents,
        unit="money",
        smallest_change=SMALLEST_CHANGE * abs(float(middle)),
        method=METHOD,
        sentence="Half of the people would pay {value} or more for {rung} ({level} interval {low} to {high}, "
        "{people}).",
        words={"rung": rung, "people": write_people(model.n_respondents)},
        draws=draws,
    )


def _spread_out(names: tuple[str, ...], values: np.ndarray, model: IndividualChoiceModel) -> pd.DataFrame:
    n_draws, n_people, _ = values.shape
    posterior = model.posterior
    table = {
        "respondent_id": np.repeat(posterior.respondents.to_numpy(), n_draws),
        "draw": np.tile(np.arange(1, n_draws + 1), n_people),
    }
    for number, name in enumerate(names):
        table[name] = values[:, :, number].T.ravel()
    table["weight"] = np.repeat(posterior.weights / n_draws, n_draws)
    return pd.DataFrame(table)
